//! Publishes at a rate, on one connection that is kept: a process of its own, so that it queues behind no client.
//!
//! One that does not wait for answers keeps the rate that was asked for, also while the server is busy. One that waits sends
//! the next text only then. Each text begins with the time.

use std::{
    env, io,
    net::SocketAddr,
    process::{Command as Process, Stdio},
    time::{Duration, Instant},
};

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    runtime, task,
    time::{MissedTickBehavior, interval, timeout},
};

use super::{heads, load::Load, proc::own_time, tally::now};
use crate::wire::Brief;

/// The command that is a publisher.
const NAME: &str = "bench-publisher";
/// After the last message, its answer comes within this, or something is wrong.
const LIMIT: Duration = Duration::from_secs(30);

/// What was published.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Published {
    /// How many messages.
    pub(crate) count: u64,
    /// All of their JSON, in bytes.
    pub(crate) json: u64,
    /// From the first to the last being sent.
    pub(crate) span: Duration,
    /// How long each answer took, in microseconds, where it was waited for.
    pub(crate) answers: Vec<u64>,
    /// The CPU time that it took.
    pub(crate) cpu: Duration,
}

/// When the next text is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// In time, whether the last is answered or not.
    InTime,
    /// In time, but not before the last is answered.
    Answered,
    /// As soon as the last is answered.
    AtOnce,
}

/// Publishes for as long as the load says.
///
/// # Errors
/// When the server refuses one, or does not answer.
pub(crate) async fn publish(load: &Load, pace: Pace, address: SocketAddr) -> io::Result<Published> {
    let mut process = Process::new(env::current_exe()?);
    process.args([NAME, &address.to_string(), "--seconds", &load.seconds.to_string()]);
    process.args(["--size", &load.size.to_string()]);
    process.args(["--rate", &if pace == Pace::AtOnce { 0 } else { load.rate }.to_string()]);
    process.args((pace != Pace::InTime).then_some("--wait")).stdin(Stdio::null());
    let output = task::spawn_blocking(move || process.output()).await??;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(io::Error::other(format!("the publisher: {}", said.trim())));
    }

    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The publisher's half.
pub(crate) fn command() -> Command {
    let number = |name| Arg::new(name).long(name).required(true).value_parser(value_parser!(u32));
    let address = Arg::new("address").required(true).value_parser(value_parser!(SocketAddr));
    let wait = Arg::new("wait").long("wait").action(ArgAction::SetTrue);

    Command::new(NAME).hide(true).arg(address).args(["rate", "seconds", "size"].map(number)).arg(wait)
}

/// Publishes, and prints what came of it.
///
/// # Errors
/// When the server refuses one, or does not answer.
#[expect(clippy::print_stdout, reason = "the other half reads the figures")]
pub(crate) fn run(matches: &ArgMatches) -> io::Result<()> {
    let number = |name| matches.get_one::<u32>(name).copied().unwrap_or_default();
    let address =
        matches.get_one::<SocketAddr>("address").copied().ok_or_else(|| io::Error::other("it needs an address"))?;
    let (rate, seconds) = (number("rate"), Duration::from_secs(number("seconds").into()));
    let publisher = Publisher { host: address.to_string(), rate, seconds, length: number("size") as usize };
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let limit = seconds + LIMIT;
    let mut published = runtime.block_on(async {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let publish = publisher.publish(stream, matches.get_flag("wait"));
        timeout(limit, publish).await.map_err(|_| io::Error::other("the publisher is not answered"))?
    })?;
    published.cpu = own_time()?;

    println!("{}", serde_json::to_string(&published)?);
    Ok(())
}

#[derive(Debug)]
struct Publisher {
    host: String,
    /// 0 is at once.
    rate: u32,
    seconds: Duration,
    length: usize,
}

impl Publisher {
    async fn publish(self, mut stream: TcpStream, wait: bool) -> io::Result<Published> {
        if wait {
            return self.wait(&mut stream).await;
        }
        let (reader, writer) = stream.into_split();
        let count = u64::from(self.rate) * self.seconds.as_secs();
        let (span, json) = tokio::try_join!(self.write(writer, count), read(reader, count))?;

        Ok(Published { count, json, span, ..Published::default() })
    }

    async fn write(&self, mut writer: OwnedWriteHalf, count: u64) -> io::Result<Duration> {
        let began = Instant::now();
        let mut due = interval(self.period());
        due.set_missed_tick_behavior(MissedTickBehavior::Burst);

        for _ in 0..count {
            due.tick().await;
            writer.write_all(&self.request()).await?;
        }
        Ok(began.elapsed())
    }

    async fn wait(&self, stream: &mut TcpStream) -> io::Result<Published> {
        let began = Instant::now();
        let mut due = interval(self.period());
        due.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut published = Published::default();
        let mut pending = Vec::new();

        while began.elapsed() < self.seconds {
            if self.rate > 0 {
                due.tick().await;
            }
            let sent = Instant::now();
            stream.write_all(&self.request()).await?;
            published.span = began.elapsed();
            let json = loop {
                if let Some(json) = answer(&mut pending)? {
                    break json;
                }
                more(stream.read_buf(&mut pending).await?)?;
            };
            published.answers.push(u64::try_from(sent.elapsed().as_micros()).unwrap_or(u64::MAX));
            published.count += 1;
            published.json += json;
        }
        Ok(published)
    }

    fn period(&self) -> Duration {
        Duration::from_secs(1) / self.rate.max(1)
    }

    fn request(&self) -> Vec<u8> {
        let text = format!("{:.<length$}", format!("{} ", now()), length = self.length);

        heads::post(&self.host, &text)
    }
}

/// Reads so many answers; gives the length of their bodies, which are the messages.
async fn read(mut reader: OwnedReadHalf, count: u64) -> io::Result<u64> {
    let mut pending = Vec::new();
    let mut answers = 0;
    let mut json = 0;

    while answers < count {
        match answer(&mut pending)? {
            Some(length) => {
                answers += 1;
                json += length;
            }
            None => more(reader.read_buf(&mut pending).await?)?,
        }
    }
    Ok(json)
}

/// Takes an answer off the front, if it is whole; gives the length of its body.
fn answer(pending: &mut Vec<u8>) -> io::Result<Option<u64>> {
    let Some(head) = Brief::parse(pending)?.filter(|head| pending.len() >= head.length + head.body) else {
        return Ok(None);
    };
    if !(200..300).contains(&head.status) {
        return Err(io::Error::other(format!("a message was answered {}", head.status)));
    }
    pending.drain(..head.length + head.body);

    Ok(Some(head.body as u64))
}

fn more(count: usize) -> io::Result<()> {
    if count == 0 { Err(io::Error::other("the server hung up on the publisher")) } else { Ok(()) }
}
