//! What of the contract is asked through a proxy, by `compare::behind`: what an App elsewhere is asked, as far as a proxy leaves
//! it to the server.

use compare::behind::CLAUSES;

use crate::{clauses::SECTIONS, target::LACKS};

/// A clause that an App elsewhere is asked, but not through a proxy, and what of it is the proxy's own.
const NOT_ASKED: [(&str, &str); 9] = [
    ("a_bad_after_is_400", "its answer to a target that it does not like: lighttpd refuses %ff"),
    ("a_bad_text_is_refused", "its answer to a body that it does not like: lighttpd refuses one without a length"),
    ("a_wrong_method_is_405", "which methods it knows"),
    ("errors_are_json", "its answer to what is no HTTP"),
    ("an_offered_upgrade_is_ignored", "an offer, which is made to the next on the way"),
    ("nothing_is_cached_or_buffered", "X-Accel-Buffering, which nginx takes off"),
    ("an_answer_keeps_the_connection", "the connection"),
    ("what_was_asked_before_a_half_close_is_answered", "the connection"),
    ("a_client_that_does_not_read_slows_nobody", "what it has room for: who sleeps may miss nothing then"),
];

#[test]
fn what_a_proxy_is_not_asked_is_its_own() {
    let all = SECTIONS.iter().flat_map(|section| section.clauses).copied();
    let elsewhere: Vec<&str> = all.filter(|clause| !LACKS.iter().any(|(lacking, _)| lacking == clause)).collect();

    for (clause, own) in NOT_ASKED {
        assert!(elsewhere.contains(&clause), "{clause} is not asked elsewhere at all: {own}");
    }
    let mut asked: Vec<&str> =
        elsewhere.into_iter().filter(|clause| !NOT_ASKED.iter().any(|(own, _)| own == clause)).collect();
    let mut through_a_proxy = CLAUSES.to_vec();
    asked.sort_unstable();
    through_a_proxy.sort_unstable();
    assert_eq!(through_a_proxy, asked, "each clause is asked through a proxy, or is in a table with a reason");
}
