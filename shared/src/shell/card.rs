//! What a page says of its way: text beside the template.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;

static CARDS: LazyLock<BTreeMap<String, Card>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../templates/cards.json")).expect("a test reads the file, too")
});

/// What a way is good for, what it costs, and which to look at next.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Card {
    pub(crate) good_for: String,
    pub(crate) cost: String,
    pub(crate) next: Next,
}

/// What people call it, and its port.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Next {
    pub(crate) title: String,
    pub(crate) port: u16,
}

/// The card of the way of this name.
pub(crate) fn card(name: &str) -> Option<&'static Card> {
    CARDS.get(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_the_five_has_a_card_and_they_lead_around() {
        let ports: Vec<u16> = CARDS.values().map(|card| card.next.port).collect();

        assert_eq!(CARDS.len(), 5);
        assert!((8101..=8105).all(|port| ports.contains(&port)), "{ports:?}");
    }
}
