//! What each lets through, in short: the letters of docs/PROXIES.md, without the contract, and without telling late from never.

use std::path::Path;

use compare::{
    behind::{Limits, Measured, Results, Through, Way, through},
    proxies::{Form, Known},
};
use futures_util::future::join;

/// A test for each proxy of a list, which needs something.
macro_rules! passes {
    ($need:literal: $($name:ident),*) => { $(
        #[tokio::test]
        #[ignore = $need]
        async fn $name() {
            what_passes_is_as_the_page_says(Known::named(stringify!($name)).unwrap()).await;
        }
    )* };
}

passes! { "needs nginx and HAProxy: run by ./test": nginx, haproxy }

#[cfg(feature = "proxies")]
passes! {
    "needs eight more proxies: run by ./test --long":
    apache, varnish, squid, lighttpd, caddy, trafficserver, h2o, nghttpx
}

async fn what_passes_is_as_the_page_says(known: &'static Known) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("proxies/results.json");
    let page = Results::read(&file).unwrap();
    let Measured { version, as_it_comes, right, .. } =
        page.proxies.iter().find(|one| one.name == known.name).expect("the page has it");
    let program = known.find().expect("it is there: ./test gets it");
    let versions = format!("{} is {}, on the page {version}", known.title, program.version().unwrap());

    let ask = |form| through(known, &program, form, Limits::SHORT);
    let (comes, is_right) = join(ask(Form::AsItComes), ask(Form::Right)).await;

    let (comes, is_right) = (comes.unwrap(), is_right.unwrap());
    assert_eq!(cells(&comes), cells(as_it_comes), "as it comes; {versions}: {comes:#?}");
    assert_eq!(cells(&is_right), cells(right), "right; {versions}: {is_right:#?}");
}

/// What is wrong with each way, as far as it shows in some seconds.
fn cells(through: &Through) -> Vec<(&str, String)> {
    let letters = |way: &Way| way.letters().into_iter().filter(|letter| *letter != 'c').collect::<String>();

    through.ways.iter().map(|way| (way.way.as_str(), letters(way).replace('L', "l"))).collect()
}
