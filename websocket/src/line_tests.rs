use futures_util::FutureExt as _;

use super::*;

const PATIENCE: Duration = Duration::from_secs(3_600);

/// Whether there is room at once.
fn has_room(line: &Line, bytes: usize) -> bool {
    line.reserve(bytes, PATIENCE).now_or_never().is_some_and(|reserved| reserved.is_ok())
}

#[actix_web::test]
async fn there_is_room_until_64_kib_wait() {
    let line = Line::new(Life::begin());

    assert!(has_room(&line, MOST_WAITING - 1) && has_room(&line, MOST_WAITING));
    assert!(!has_room(&line, 1));
    line.leave(MOST_WAITING - 1);
    assert!(!has_room(&line, 1), "as many wait as may");
    line.leave(1);
    assert!(has_room(&line, 1));
}

#[actix_web::test]
async fn who_waits_for_room_goes_on_when_some_leave_and_gives_up_where_nothing_does() {
    let line = Line::new(Life::begin());
    assert!(has_room(&line, 2 * MOST_WAITING));

    let leave = async { (0..2 * MOST_WAITING).step_by(1_024).for_each(|_| line.leave(1_024)) };
    let (reserved, ()) = tokio::join!(line.reserve(MOST_WAITING, PATIENCE), leave);
    assert!(reserved.is_ok());
    assert!(line.reserve(1, Duration::from_millis(1)).await.is_err());
}

#[actix_web::test]
async fn nothing_comes_in_when_nothing_goes_out() {
    let line = Line::new(Life::begin());
    assert!(has_room(&line, MOST_WAITING) && line.push(Due::Message).is_ok());

    let (reserved, ()) = tokio::join!(line.reserve(1, PATIENCE), async { line.end() });

    assert!(reserved.is_ok() && line.push(Due::Message).is_err(), "it learns that when it sends");
    assert_eq!(line.pop(), None);
}
