//! A line to Redis that can be cut, lead elsewhere, and be slow for followers.

use std::{
    io::{self, Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, AtomicU16, Ordering::Relaxed},
    },
    thread::spawn,
};

use crate::server::Redis;

/// A relay to one Redis or another: as a network that can be cut, and a name that moves.
pub(crate) struct Network {
    pub(crate) address: SocketAddr,
    to: Arc<AtomicU16>,
    lines: Arc<Mutex<Vec<TcpStream>>>,
    held: Arc<Held>,
}

/// Whether what followers read is held back.
#[derive(Default)]
struct Held {
    /// There has been a follower.
    any: AtomicBool,
    now: Mutex<bool>,
    ends: Condvar,
}

impl Network {
    pub(crate) fn to(redis: &Redis) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (to, lines) = (Arc::new(AtomicU16::new(redis.port)), Arc::<Mutex<Vec<TcpStream>>>::default());
        let held = Arc::<Held>::default();
        let (target, open, holds) = (Arc::clone(&to), Arc::clone(&lines), Arc::clone(&held));
        spawn(move || {
            for one in listener.incoming().map_while(Result::ok) {
                let port = target.load(Relaxed);
                let Some(other) = (port > 0).then(|| TcpStream::connect(("127.0.0.1", port)).ok()).flatten() else {
                    continue;
                };
                let mut lines = open.lock().unwrap();
                if target.load(Relaxed) == 0 {
                    continue; // it was cut meanwhile
                }
                lines.extend([one.try_clone().unwrap(), other.try_clone().unwrap()]);
                drop(lines);
                relay(&one, &other, &holds);
            }
        });

        Self { address, to, lines, held }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://{}", self.address)
    }

    /// All lines break, and none can be made.
    pub(crate) fn cut(&self) {
        self.to.store(0, Relaxed);
        for line in self.lines.lock().unwrap().drain(..) {
            line.shutdown(Shutdown::Both).ok(); // it may have ended
        }
    }

    /// Lines can be made again, to this Redis.
    pub(crate) fn lead_to(&self, redis: &Redis) {
        self.to.store(redis.port, Relaxed);
    }

    /// Whether somebody has begun to follow.
    pub(crate) fn has_follower(&self) -> bool {
        self.held.any.load(Relaxed)
    }

    /// What a follower reads is late, until it is let go.
    pub(crate) fn hold_followers(&self) {
        *self.held.now.lock().unwrap() = true;
    }

    pub(crate) fn let_followers_go(&self) {
        *self.held.now.lock().unwrap() = false;
        self.held.ends.notify_all();
    }
}

/// Each way until it ends. Who has sent XREAD is a follower.
fn relay(client: &TcpStream, redis: &TcpStream, held: &Arc<Held>) {
    let follows = Arc::new(AtomicBool::new(false));
    let [asked, answered] = [(client, redis), (redis, client)].map(|(from, to)| {
        let both = [from, to].map(|line| line.try_clone().unwrap());
        (both, Arc::clone(held), Arc::clone(&follows))
    });
    spawn(move || {
        let (both, held, follows) = asked;
        copy(both, |bytes| {
            if bytes.windows(5).any(|word| word == b"XREAD") {
                follows.store(true, Relaxed);
                held.any.store(true, Relaxed);
            }
        })
    });
    spawn(move || {
        let (both, held, follows) = answered;
        copy(both, |_| {
            let now = held.now.lock().unwrap();
            drop(held.ends.wait_while(now, |now| *now && follows.load(Relaxed)).unwrap());
        })
    });
}

/// Hands on what comes, after this look at it.
fn copy([mut from, mut to]: [TcpStream; 2], look: impl Fn(&[u8])) -> io::Result<()> {
    let mut bytes = [0; 64 * 1_024];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        look(&bytes[..count]);
        if to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }

    to.shutdown(Shutdown::Both)
}
