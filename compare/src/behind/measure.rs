//! Each proxy in its turn, in both configurations, some of them at once.

use std::io;

use futures_util::{StreamExt as _, future::join3, stream};
use jiff::ZonedDateTime;
use tokio::{sync::Mutex, task::spawn_blocking};

use super::{
    Args,
    app::App,
    contract::Contract,
    questions::{Asked, Limits},
    results::{FORMAT, Measured, Results, Through},
};
use crate::{
    bench::{machine::Machine, progress::Progress},
    proxies::{Form, Known, Program, Proxy},
};

/// A proxy that is there, and its version.
struct Found {
    known: &'static Known,
    program: Program,
    version: String,
}

/// All that are wanted.
///
/// # Errors
/// When none is there, or the contract's tests cannot be built.
pub(super) async fn all(args: &Args) -> io::Result<Results> {
    let (wanted, words) = wanted(args)?;
    let progress = Progress::of(1 + 2 * wanted.len() as u64);
    progress.now("building the tests of the contract");
    let contract = Mutex::new(Contract::build().await?); // one at a time: it takes all processors
    progress.step();

    let forms = wanted.iter().flat_map(|found| Form::ALL.map(|form| form_of(found, form, &contract, &progress)));
    let measured: Vec<Through> = stream::iter(forms).buffered(usize::from(args.at_once)).collect().await;
    let mut measured = measured.into_iter();
    let mut proxies = Vec::new();
    for Found { known, version, .. } in &wanted {
        let (name, title, version) = (known.name.to_owned(), known.title.to_owned(), version.clone());
        let [as_it_comes, right] = [(); 2].map(|()| measured.next().unwrap_or_default());
        proxies.push(Measured { name, title, version, as_it_comes, right });
    }

    Ok(Results {
        format: FORMAT,
        command: command(),
        date: ZonedDateTime::now().strftime("%Y-%m-%d %H:%M:%S %:z").to_string(),
        took_seconds: 0.0,
        machine: Machine::this(),
        words,
        proxies,
    })
}

/// As it was typed, but for the build of cargo: nothing here depends on optimization.
fn command() -> String {
    let release = if cfg!(debug_assertions) { "" } else { "--release " };
    let features = if cfg!(all(feature = "store", feature = "redis")) { "--features store,redis " } else { "" };
    let words: Vec<String> = std::env::args().skip(1).collect();

    format!("cargo run {release}{features}-- {}", words.join(" "))
}

/// Those that are there, and what is left out. One that was named must be there.
fn wanted(args: &Args) -> io::Result<(Vec<Found>, Vec<String>)> {
    let mut wanted = Vec::new();
    let mut words = Vec::new();
    for known in args.wanted() {
        match known.find() {
            Some(program) => wanted.push(Found { known, version: program.version()?, program }),
            None => words.push(format!("{} is left out: it is not found; --get fetches it", known.title)),
        }
    }

    if wanted.is_empty() || !args.names.is_empty() && !words.is_empty() {
        let missing = if words.is_empty() { "no proxy is found".to_owned() } else { words.join("; ") };
        return Err(io::Error::other(missing));
    }
    Ok((wanted, words))
}

async fn form_of(found: &Found, form: Form, contract: &Mutex<Contract>, progress: &Progress) -> Through {
    let Found { known, program, .. } = found;
    let name = format!("{}, {}", known.title, form.name().replace('-', " "));
    progress.now(&name);
    let through = ask(known, program, form, Limits::LONG, Some(contract)).await;
    progress.step();

    through.unwrap_or_else(|error| {
        progress.say(&format!("{name}: {error}"));
        Through { error: Some(error.to_string()), ..Through::default() }
    })
}

/// What passes through one configuration, without the contract.
///
/// # Errors
/// When the proxy does not start.
pub async fn through(known: &'static Known, program: &Program, form: Form, limits: Limits) -> io::Result<Through> {
    ask(known, program, form, limits, None).await
}

async fn ask(
    known: &'static Known,
    program: &Program,
    form: Form,
    limits: Limits,
    contract: Option<&Mutex<Contract>>,
) -> io::Result<Through> {
    let app = App::start()?;
    let (program, upstream) = (program.clone(), app.address);
    let started = spawn_blocking(move || Proxy::start(known, &program, form, upstream));
    let proxy = started.await.map_err(io::Error::other)??;
    let asked = Asked { app: &app, proxy: proxy.address };
    let holding = async { if limits.held { asked.held().await } else { Vec::new() } };
    let (ways, head_alone, held) = join3(asked.ways(limits), asked.passes_a_head_alone(), holding).await;

    let mut through = Through { error: None, ways, head_alone, held, clauses: 0 };
    if let Some(contract) = contract {
        through.note(contract.lock().await.ask(proxy.address).await?);
    }
    spawn_blocking(move || drop((proxy, app))).await.ok(); // both wait for what they have started
    Ok(through)
}
