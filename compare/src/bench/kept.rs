//! What it costs to keep a feed beyond its process: in a file, and in a Redis that several processes share. Beside it, in the
//! same run, what other stacks do with that Redis.
//!
//! Three questions: how much later does a message come; how many messages a second are synced and acknowledged; and how many
//! do several processes sustain on one Redis, at what cost to it.
#![expect(clippy::print_stdout, reason = "the figures are what this is for")]

mod durable;
mod fleet;
mod redis_server;
mod results;

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Instant,
};

use clap::{ArgMatches, Args as _, Command, FromArgMatches as _, value_parser};
use jiff::ZonedDateTime;
use tokio::runtime;

use self::{
    fleet::{Fleet, Trial},
    redis_server::RedisServer,
    results::{Alone, Kept, Shared},
};
use super::{
    OTHER_FILES, lines,
    load::Load,
    machine::Machine,
    peers::{Chosen, Peer, Subject},
    progress::Progress,
    publisher::Pace,
    round,
    search::Search,
};
use crate::transports::{ALL, Row};

/// The command.
const NAME: &str = "bench-kept";
/// A message is late that takes longer, in microseconds.
const LATE: u64 = 1_000_000;
/// What Redis does for a message is measured at this rate.
const RATE: u32 = 100;
/// So many processes of ours share a Redis at most.
const PROCESSES: usize = 4;
/// So many processes each stack has where stacks are compared.
const COMPARED: usize = 2;

/// What can be set.
#[derive(Debug, clap::Args)]
struct Args {
    /// How many clients, and how many each process has
    #[arg(long, default_value = "1000", value_parser = value_parser!(u32).range(1..=2_000))]
    clients: u32,
    /// For how long to publish in each round
    #[arg(long, default_value = "5", value_parser = value_parser!(u32).range(1..=3_600))]
    seconds: u32,
    /// How often each is measured, in turn
    #[arg(long, default_value = "3", value_parser = value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// How many publish at once where each message is synced
    #[arg(long, default_value = "100", value_parser = value_parser!(u32).range(1..=1_000))]
    publishers: u32,
    /// How many rates to try at most, for the highest that is held
    #[arg(long, default_value = "9", value_parser = value_parser!(u32).range(1..=20))]
    trials: u32,
    /// The server of Redis to start: that of ./test, if there, else that of the system
    #[arg(long, value_name = "PROGRAM")]
    redis_server: Option<PathBuf>,
    /// The folder for kept.json, and for files while it runs
    #[arg(long, value_name = "DIR", default_value = "target/bench")]
    out: PathBuf,
}

pub(super) fn command() -> Command {
    let about = "Measures what a feed costs that outlives its process: in a file, and in a Redis that processes share";

    Args::augment_args(Command::new(NAME)).about(about)
}

/// Measures, writes `kept.json`, and prints what it says.
///
/// # Errors
/// When a server of ours or Redis does not come up, or nothing can be written.
pub(super) fn run(matches: &ArgMatches) -> io::Result<()> {
    let args = Args::from_arg_matches(matches).map_err(io::Error::other)?;
    if !cfg!(all(feature = "store", feature = "redis")) {
        return Err(io::Error::other("this is not built in: add --features store,redis"));
    }
    let most = PROCESSES as u64 * u64::from(args.clients);
    let files = rlimit::increase_nofile_limit(u64::MAX)?;
    if files < most + OTHER_FILES {
        return Err(io::Error::other(format!("only {files} open files are allowed here: take fewer --clients")));
    }
    let work = args.out.join("kept");
    fs::create_dir_all(&work)?;
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let began = Instant::now();
    let measured = runtime.block_on(Session::of(&args, &work)?.measure());
    fs::remove_dir_all(&work).ok(); // it may be in use still; what is left there harms nobody
    let mut kept = measured?;
    kept.took_seconds = began.elapsed().as_secs_f64();

    fs::write(args.out.join("kept.json"), lines::json(&kept)?)?;
    println!("{kept}\n\n{:.0} s; {}", kept.took_seconds, args.out.join("kept.json").display());
    Ok(())
}

/// What is measured, with what, and what is known so far.
struct Session<'a> {
    args: &'a Args,
    work: &'a Path,
    redis: PathBuf,
    version: String,
    ours: Peer,
    progress: Progress,
    words: Vec<String>,
    files: u32,
}

impl<'a> Session<'a> {
    fn of(args: &'a Args, work: &'a Path) -> io::Result<Self> {
        let redis = args.redis_server.clone().unwrap_or_else(redis_server::program);
        let version = RedisServer::version(&redis)?;
        let steps = u64::from(args.rounds) * 4 + 1 + 6 + PROCESSES as u64;
        let progress = Progress::of(steps);

        Ok(Self { args, work, redis, version, ours: Peer::ours()?, progress, words: Vec::new(), files: 0 })
    }

    async fn measure(mut self) -> io::Result<Kept> {
        let alone = self.alone().await?;
        self.progress.now("messages that are synced before they are acknowledged");
        let file = self.file();
        let durable = durable::measure(&self.ours, &file, self.args.publishers, self.args.seconds).await?;
        if durable.in_a_sync.is_none() {
            self.words.push("how many messages are in one sync is not counted: strace is not there".to_owned());
        }
        self.progress.step();
        let shared = self.shared().await?;
        let mut redis = Vec::new();
        for processes in 1..=PROCESSES {
            redis.push(self.redis_alone(processes).await?);
        }

        Ok(Kept {
            format: 1,
            command: super::measure::command("--features store,redis "),
            date: ZonedDateTime::now().strftime("%Y-%m-%d %H:%M:%S %:z").to_string(),
            took_seconds: 0.0,
            machine: Machine::this(),
            redis: self.version,
            words: self.words,
            alone,
            durable,
            shared,
            of_redis: redis,
        })
    }

    /// One server with each keeper in turn, under the usual load.
    async fn alone(&mut self) -> io::Result<Vec<Alone>> {
        let load = self.load(super::plan::RATE);
        let mut all = ["memory", "file", "file, durable", "Redis"].map(Alone::of);

        for round in 1..=self.args.rounds {
            for one in &mut all {
                self.progress.now(&format!("{}, round {round}", one.keeper));
                let redis = (one.keeper == "Redis").then(|| RedisServer::start(&self.redis)).transpose()?;
                let store = format!("--store={}", self.file().display());
                let words = match one.keeper {
                    "file" => vec![store],
                    "file, durable" => vec![store, "--durable".to_owned()],
                    _ => redis.iter().map(|redis| format!("--redis={}", redis.url())).collect(),
                };
                let subject = Subject { peer: self.ours.with(words), row: sse() };
                one.runs.push(round::run(&subject, &load, round).await?);
                self.progress.step();
            }
        }
        Ok(all.into())
    }

    /// Several processes on one Redis: ours, and other stacks.
    async fn shared(&mut self) -> io::Result<Vec<Shared>> {
        let mut all = Vec::new();
        let peer = |name: &str| Chosen::read(name).map(|Chosen(mut peers)| peers.remove(0)).map_err(io::Error::other);
        let ways = [
            (self.ours.clone(), sse(), COMPARED),
            (peer("nchan")?, sse(), COMPARED),
            (self.ours.clone(), websocket(), COMPARED),
            (peer("socket.io")?, websocket(), COMPARED),
            (self.ours.clone(), sse(), PROCESSES),
            (self.ours.clone(), websocket(), PROCESSES),
        ];

        for (peer, row, processes) in ways {
            let subject = Subject { peer, row };
            self.progress.now(&format!("{}, {processes} processes", subject.name()));
            match self.sustained(&subject, processes).await {
                Ok(shared) => all.push(shared),
                Err(error) if subject.peer == self.ours => return Err(error),
                Err(error) => {
                    let word = format!("{} is left out: {error}", subject.name());
                    self.progress.say(&word);
                    self.words.push(word);
                }
            }
            self.progress.step();
        }
        Ok(all)
    }

    /// How late messages come at the usual rate, and the highest rate at which all come in time.
    async fn sustained(&self, subject: &Subject, processes: usize) -> io::Result<Shared> {
        let clients = self.args.clients;
        let mut fleet = Fleet::start(subject, processes, clients, &self.redis).await?;
        fleet.publish(&self.load(super::plan::RATE), Pace::InTime).await?; // caches are warm then
        let usual = fleet.publish(&self.load(super::plan::RATE), Pace::InTime).await?;
        let all = u32::try_from(processes).unwrap_or(u32::MAX).saturating_mul(clients);
        let mut search = Search::among(all);
        let mut trials: Vec<Trial> = Vec::new();

        while let Some(rate) = search.next()
            && trials.len() < self.args.trials as usize
        {
            let Ok(trial) = fleet.publish(&self.load(rate), Pace::InTime).await else {
                break; // it gave up: that is more than it can do
            };
            let is_held = trial.is_held();
            search.note(rate, is_held);
            trials.push(trial);
            if !is_held {
                drop(fleet); // its clients are late, and stay so for a while
                fleet = Fleet::start(subject, processes, clients, &self.redis).await?;
            }
        }
        Ok(Shared::of(subject, processes, clients, usual, trials))
    }

    /// What a message costs Redis, by how many processes follow it. They have few clients, so that Redis has what it wants.
    async fn redis_alone(&mut self, processes: usize) -> io::Result<Trial> {
        self.progress.now(&format!("Redis, {processes} processes"));
        let subject = Subject { peer: self.ours.clone(), row: sse() };
        let fleet = Fleet::start(&subject, processes, 10, &self.redis).await?;
        fleet.publish(&self.load(RATE), Pace::InTime).await?;
        let trial = fleet.publish(&self.load(RATE), Pace::InTime).await?;
        self.progress.step();

        Ok(trial)
    }

    fn load(&self, rate: u32) -> Load {
        let Args { clients, seconds, .. } = *self.args;

        Load { clients, rate, size: super::plan::SIZE, seconds, interval: std::time::Duration::ZERO }
    }

    /// A new one each time: who follows gets what is in it.
    fn file(&mut self) -> PathBuf {
        self.files += 1;

        self.work.join(format!("{}.db", self.files))
    }
}

impl Trial {
    /// Whether all came, once and in time, and the publisher kept its rate.
    fn is_held(&self) -> bool {
        self.lost == 0 && self.repeated == 0 && self.broken == 0 && self.kept_its_rate && self.p99_us < LATE
    }
}

fn sse() -> Row {
    ALL[3]
}

fn websocket() -> Row {
    ALL[4]
}
