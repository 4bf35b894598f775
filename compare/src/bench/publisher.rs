//! Publishes at a rate, on one connection that is kept: a process of its own, so that it queues behind no client.
//!
//! One that does not wait for answers keeps the rate that was asked for, also while the server is busy. One that waits sends
//! the next text only then. Each text begins with the time.

use std::{
    env, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command as Process, Stdio},
    time::{Duration, Instant},
};

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, ReadHalf, WriteHalf, split},
    net::TcpStream,
    runtime, task,
    time::{MissedTickBehavior, interval, timeout},
};

use super::{
    heads,
    line::{Connector, Line},
    load::Load,
    message::json,
    peers::Takes,
    proc::own_time,
    stream::Stream,
    tally::now,
};
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

/// Where texts go to, and what they are there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct To<'a> {
    pub(crate) address: SocketAddr,
    pub(crate) takes: Takes,
    /// By TLS, where it has one.
    pub(crate) certificate: Option<&'a Path>,
    pub(crate) epoch: &'a str,
    /// How many it has already.
    pub(crate) published: u64,
}

/// Publishes for as long as the load says.
///
/// # Errors
/// When the server refuses one, or does not answer.
pub(crate) async fn publish(load: &Load, pace: Pace, to: To<'_>) -> io::Result<Published> {
    let mut process = Process::new(env::current_exe()?);
    process.args([NAME, &to.address.to_string(), "--seconds", &load.seconds.to_string()]);
    process.args(["--size", &load.size.to_string()]);
    process.args(["--rate", &if pace == Pace::AtOnce { 0 } else { load.rate }.to_string()]);
    if to.takes == Takes::Messages {
        process.args(["--epoch", to.epoch, "--published", &to.published.to_string()]);
    }
    if let Some(certificate) = to.certificate {
        process.arg("--certificate").arg(certificate);
    }
    process.args((pace != Pace::InTime).then_some("--wait")).stdin(Stdio::null());
    let output = task::spawn_blocking(move || process.output()).await??;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(io::Error::other(format!("the publisher: {}", said.trim())));
    }

    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Publishes as fast as answers come, without a process of its own.
///
/// # Errors
/// When the server refuses a text, or does not answer.
pub(crate) async fn at_once(address: SocketAddr, size: u16, length: Duration) -> io::Result<Published> {
    let origin = Connector::clear().origin(address);
    let publisher = Publisher { origin, rate: 0, seconds: length, length: size.into(), epoch: None, seq: 0 };
    let publish = publisher.publish(connect(address, &Connector::clear()).await?, true);

    timeout(length + LIMIT, publish).await.map_err(|_| io::Error::other("a publisher is not answered"))?
}

/// The publisher's half.
pub(crate) fn command() -> Command {
    let number = |name| Arg::new(name).long(name).required(true).value_parser(value_parser!(u32));
    let address = Arg::new("address").required(true).value_parser(value_parser!(SocketAddr));
    let wait = Arg::new("wait").long("wait").action(ArgAction::SetTrue);

    let epoch = Arg::new("epoch").long("epoch");
    let certificate = Arg::new("certificate").long("certificate").value_parser(value_parser!(PathBuf));
    let published = Arg::new("published").long("published").value_parser(value_parser!(u64)).default_value("0");

    Command::new(NAME).hide(true).arg(address).args(["rate", "seconds", "size"].map(number)).args([
        wait,
        epoch,
        certificate,
        published,
    ])
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
    let epoch = matches.get_one::<String>("epoch").cloned();
    let seq = matches.get_one::<u64>("published").copied().unwrap_or_default();
    let length = number("size") as usize;
    let certificate = matches.get_one::<PathBuf>("certificate").map(PathBuf::as_path);
    let connector = Connector::of(certificate.map_or(Line::Clear, |_| Line::Tls), certificate)?;
    let publisher = Publisher { origin: connector.origin(address), rate, seconds, length, epoch, seq };
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let limit = seconds + LIMIT;
    let mut published = runtime.block_on(async {
        let publish = publisher.publish(connect(address, &connector).await?, matches.get_flag("wait"));
        timeout(limit, publish).await.map_err(|_| io::Error::other("the publisher is not answered"))?
    })?;
    published.cpu = own_time()?;

    println!("{}", serde_json::to_string(&published)?);
    Ok(())
}

async fn connect(address: SocketAddr, connector: &Connector) -> io::Result<Stream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;

    connector.over(stream).await
}

#[derive(Debug)]
struct Publisher {
    origin: String,
    /// 0 is at once.
    rate: u32,
    seconds: Duration,
    length: usize,
    /// Where the server makes no messages of texts: of which feed they are.
    epoch: Option<String>,
    /// The newest message's.
    seq: u64,
}

impl Publisher {
    async fn publish(mut self, mut stream: Stream, wait: bool) -> io::Result<Published> {
        if wait {
            return self.wait(&mut stream).await;
        }
        let (reader, mut writer) = split(stream);
        let count = u64::from(self.rate) * self.seconds.as_secs();
        let ((span, sent), answered) = tokio::try_join!(self.write(&mut writer, count), read(reader, count))?;
        let json = sent.unwrap_or(answered);

        Ok(Published { count, json, span, ..Published::default() })
    }

    /// Gives how long it took, and the length of the messages, where they are made here.
    async fn write(&mut self, writer: &mut WriteHalf<Stream>, count: u64) -> io::Result<(Duration, Option<u64>)> {
        let began = Instant::now();
        let mut due = interval(self.period());
        due.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut length = 0;

        for _ in 0..count {
            due.tick().await;
            let body = self.body();
            length += body.len() as u64;
            writer.write_all(&heads::post(&self.origin, "/messages", &body)).await?;
            writer.flush().await?;
        }
        Ok((began.elapsed(), self.epoch.is_some().then_some(length)))
    }

    async fn wait(&mut self, stream: &mut Stream) -> io::Result<Published> {
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
            let body = self.body();
            stream.write_all(&heads::post(&self.origin, "/messages", &body)).await?;
            stream.flush().await?;
            published.span = began.elapsed();
            let json = loop {
                if let Some(json) = answer(&mut pending)? {
                    break json;
                }
                more(stream.read_buf(&mut pending).await?)?;
            };
            published.answers.push(u64::try_from(sent.elapsed().as_micros()).unwrap_or(u64::MAX));
            published.count += 1;
            published.json += if self.epoch.is_some() { body.len() as u64 } else { json };
        }
        Ok(published)
    }

    fn period(&self) -> Duration {
        Duration::from_secs(1) / self.rate.max(1)
    }

    fn body(&mut self) -> String {
        let text = format!("{:.<length$}", format!("{} ", now()), length = self.length);
        self.seq += 1;

        match &self.epoch {
            Some(epoch) => json(epoch, self.seq, &text),
            None => text,
        }
    }
}

/// Reads so many answers; gives the length of their bodies, which are the messages.
async fn read(mut reader: ReadHalf<Stream>, count: u64) -> io::Result<u64> {
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
    let Some(head) = Brief::parse(pending)?.filter(|head| pending.len() - head.length >= head.body) else {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_may_say_that_it_is_of_any_length() {
        let mut pending = b"HTTP/1.1 201 Created\r\nContent-Length: 18446744073709551615\r\n\r\n.".to_vec();

        assert_eq!(answer(&mut pending).unwrap(), None);
    }
}
