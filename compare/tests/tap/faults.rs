//! Cut and refuse, and how faults are reported and end.

use std::{num::NonZeroU32, time::Duration};

use compare::tap::{Active, End, Fault, Limits};
use tokio::{
    io::AsyncWriteExt as _,
    time::{Instant, timeout},
};

use crate::support::{LONG, Pair, Rig, SHORT, end_of, exactly, reset, until, until_reset};

#[tokio::test]
async fn a_cut_resets_both_ends_and_lets_new_ones_pass() {
    let rig = Rig::start().await;
    let mut pairs = [rig.open().await, rig.open().await];
    pairs[1].client.shutdown().await.unwrap();

    rig.tap.fault(Fault::Cut);
    until_reset(&mut pairs[0].client).await;
    until_reset(&mut pairs[0].server).await;
    until_reset(&mut pairs[1].client).await;
    let ends = [end_of(&pairs[0].connection).await, end_of(&pairs[1].connection).await];
    let mut new = rig.open().await;
    new.client.write_all(b"new").await.unwrap();

    assert_eq!(ends, [End::Cut; 2]);
    assert_eq!(exactly(&mut new.server, 3).await, b"new");
    assert_eq!(rig.tap.faults(), [], "it does not last");
    assert_eq!((rig.tap.totals().opened, rig.tap.totals().open), (3, 1));
}

#[tokio::test]
async fn a_cut_reaches_a_connection_whose_client_reads_nothing() {
    let rig = Rig::start().await;
    let Pair { client: _client, mut server, connection } = rig.open().await;
    let piece = vec![7; 64 * 1_024];
    while let Ok(written) = timeout(SHORT, server.write(&piece)).await {
        written.unwrap();
    }

    rig.tap.fault(Fault::Cut);

    until_reset(&mut server).await;
    assert_eq!(end_of(&connection).await, End::Cut);
}

#[tokio::test]
async fn refuse_resets_every_connection_and_each_new_one() {
    let rig = Rig::start().await;
    let mut open = rig.open().await;

    rig.tap.fault(Fault::Refuse);
    until_reset(&mut open.client).await;
    until_reset(&mut open.server).await;
    for _ in 0..3 {
        until_reset(&mut rig.connect().await).await;
    }

    let totals = rig.tap.totals();
    assert_eq!(end_of(&open.connection).await, End::Cut);
    assert_eq!((totals.opened, totals.open, totals.refused), (1, 0, 3));
    assert_eq!(rig.tap.connections().len(), 1, "those refused are none");
}

#[tokio::test]
async fn refuse_ends_by_itself() {
    let rig = Rig::with(Limits { refuse: SHORT, ..Limits::default() }).await;

    let begun = Instant::now();
    rig.tap.fault(Fault::Refuse);
    loop {
        let mut client = rig.connect().await;
        tokio::select! {
            () = until("an answer", || rig.tap.totals().opened > 0) => break,
            bytes = until_reset(&mut client) => assert_eq!(bytes, b""),
        }
    }

    assert!(begun.elapsed() >= SHORT, "it was over after {:?}", begun.elapsed());
    assert_eq!(rig.tap.faults(), []);
}

#[tokio::test]
async fn faults_are_reported_while_they_last() {
    let rig = Rig::start().await;
    let slow = Fault::Slow(NonZeroU32::new(7).unwrap());

    for fault in [Fault::Buffer, slow, Fault::Refuse, Fault::Silence] {
        rig.tap.fault(fault);
    }
    let reported = rig.tap.faults();

    let faults: Vec<_> = reported.iter().map(|active| active.fault).collect();
    assert_eq!(faults, [Fault::Silence, Fault::Refuse, slow, Fault::Buffer]);
    for Active { left, .. } in reported {
        assert!(left > Duration::ZERO && left <= LONG, "{left:?}");
    }
}

#[tokio::test]
async fn a_fault_of_a_kind_that_lasts_begins_again() {
    let [slow, slower] = [7, 5].map(|rate| Fault::Slow(NonZeroU32::new(rate).unwrap()));
    let rig = Rig::start().await;
    rig.tap.fault(slow);
    rig.tap.fault(slower);
    let reported: Vec<_> = rig.tap.faults().iter().map(|active| active.fault).collect();

    let rig = Rig::with(Limits { slow: SHORT, ..Limits::default() }).await;
    let begun = Instant::now();
    rig.tap.fault(slow);
    until("time", || rig.tap.faults().first().is_none_or(|active| active.left < SHORT / 2)).await;
    rig.tap.fault(slow);
    until("its end", || rig.tap.faults().is_empty()).await;
    let lasted = begun.elapsed();

    assert_eq!(reported, [slower]);
    assert!(lasted >= SHORT * 3 / 2, "{lasted:?}");
}

#[tokio::test]
async fn a_cut_ends_the_wait_of_a_silent_connection_and_the_silence_goes_on() {
    let rig = Rig::start().await;
    let Pair { mut client, mut server, connection } = rig.open().await;

    rig.tap.fault(Fault::Silence);
    rig.tap.fault(Fault::Cut);

    until_reset(&mut client).await;
    until_reset(&mut server).await;
    assert_eq!(end_of(&connection).await, End::Cut);
    assert_eq!(rig.tap.faults().len(), 1);
}

#[tokio::test]
async fn a_fault_leaves_a_connection_that_has_ended_alone() {
    let rig = Rig::start().await;
    let Pair { client, connection, .. } = rig.open().await;
    reset(client);
    let ended = end_of(&connection).await;

    rig.tap.fault(Fault::Cut);

    assert_eq!(end_of(&connection).await, ended);
}
