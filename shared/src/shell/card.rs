//! What a page says of its way: text beside the template.

use std::{collections::BTreeMap, net::Ipv4Addr, sync::LazyLock};

use serde::Deserialize;

use super::{options::Options, transport::Transport};

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

/// What it is, and the port that it takes if none is given.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Next {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) port: u16,
}

impl Next {
    /// Where it is: where it was put, or as far from this one as usual, or at its own port.
    pub(crate) fn port(&self, transport: &Transport, options: &Options) -> u16 {
        let shifted = i32::from(options.port) + i32::from(self.port) - i32::from(transport.port);
        let shifted = u16::try_from(shifted).ok().filter(|port| options.port != 0 && *port != 0);

        options.next_port.or(shifted).unwrap_or(self.port)
    }

    /// What starts it there, to be reached as this one is.
    pub(crate) fn command(&self, port: u16, options: &Options) -> String {
        let features = if options.tls.is_on() { " --features tls" } else { "" };
        let mut line = vec![format!("cargo run -p {}{features}", self.name)];
        if options.host != Ipv4Addr::LOCALHOST {
            line.push(format!("--host {}", options.host));
        }
        if port != self.port {
            line.push(format!("--port {port}"));
        }
        line.extend(options.tls.said());
        line.extend(options.allow_host.iter().map(|name| format!("--allow-host {name}")));
        if line.len() > 1 {
            line.insert(1, "--".to_owned());
        }

        line.join(" ")
    }
}

/// The card of the way of this name.
pub(crate) fn card(name: &str) -> Option<&'static Card> {
    CARDS.get(name)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::shell::read;

    #[test]
    fn each_of_the_five_has_a_card_and_they_lead_around() {
        let ports: Vec<u16> = CARDS.values().map(|card| card.next.port).collect();

        assert_eq!(CARDS.len(), 5);
        assert!((8101..=8105).all(|port| ports.contains(&port)), "{ports:?}");
        assert!(CARDS.values().all(|card| CARDS.contains_key(&card.next.name)), "{CARDS:?}");
    }

    #[test]
    fn the_next_way_is_as_far_from_this_one_as_usual() {
        for (line, port, command) in [
            ("", 8105, "cargo run -p websocket"),
            ("--port 0", 8105, "cargo run -p websocket"),
            ("--port 18104", 18105, "cargo run -p websocket -- --port 18105"),
            ("--port 65535", 8105, "cargo run -p websocket"),
            ("--host 0.0.0.0", 8105, "cargo run -p websocket -- --host 0.0.0.0"),
            ("--host ::1", 8105, "cargo run -p websocket -- --host ::1"),
            ("--tls-self-signed", 8105, "cargo run -p websocket --features tls -- --tls-self-signed"),
            (
                "--tls-self-signed --tls-folder a",
                8105,
                "cargo run -p websocket --features tls -- --tls-self-signed --tls-folder a",
            ),
            ("--tls-key b --tls-cert a", 8105, "cargo run -p websocket --features tls -- --tls-cert a --tls-key b"),
            ("--allow-host a,b", 8105, "cargo run -p websocket -- --allow-host a --allow-host b"),
        ] {
            let sse = Transport { port: 8104, ..PIGEON };
            let options = read(&sse, ["sse"].into_iter().chain(line.split_whitespace())).unwrap();
            let next = &card("sse").unwrap().next;

            assert_eq!(next.port(&sse, &options), port, "{line}");
            assert_eq!(next.command(port, &options), command, "{line}");
        }
    }

    #[test]
    fn the_last_leads_to_the_first_wherever_that_was_put() {
        let websocket = Transport { port: 8105, ..PIGEON };
        let next = &card("websocket").unwrap().next;
        let mut options = read(&websocket, ["websocket", "--port", "9005"]).unwrap();
        assert_eq!(next.port(&websocket, &options), 9001);

        options.port = 3;
        assert_eq!(next.port(&websocket, &options), 8101, "there is no port below 0");
        options.next_port = Some(7);
        assert_eq!(next.port(&websocket, &options), 7);
    }

    const PIGEON: Transport = Transport {
        name: "pigeon",
        title: "Pigeon",
        about: "",
        port: 8199,
        options: Vec::new,
        routes: |_, _| {},
        upgrades: &[],
        silence: Duration::MAX,
    };
}
