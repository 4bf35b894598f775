//! `GET /metrics`: the figures of a server, in the text form that Prometheus reads
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/>).

use std::fmt::{Display, Write as _};

use actix_web::{HttpResponse, web::Data};

use super::{log, site::Site};
use crate::Problem;

/// Its type, with the version of the form.
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Tells all figures. Those that are not known now are left out.
///
/// # Errors
/// 503 when the feed cannot be read.
pub(crate) async fn metrics(site: Data<Site>) -> Result<HttpResponse, Problem> {
    let feed = site.feed().status().await?;
    let readers = site.source().readers();
    let mut text = Exposition::default();

    text.gauge("open", "Streams, held requests and sockets of this server.");
    text.labeled("way", site.transport().name, site.open());
    text.counter("published", "Messages published in the life of the feed, by whichever server.");
    text.sample(feed.newest.seq);
    text.counter("delivered", "Messages handed out to clients by this server: each counts once for each client.");
    text.sample(readers.delivered());
    text.counter("gaps", "Times that a client was told by this server that messages are missing.");
    text.sample(readers.gaps());
    text.counter("refused", "Answers of 400 and more by this server, by reason.");
    for (reason, count) in site.refused().counts() {
        text.labeled("reason", reason, count);
    }
    text.counter("log_lines_lost", "Lines of this server's log that came faster than they were read.");
    text.sample(log::lost());
    text.gauge("held", "Messages that the feed holds.");
    text.sample(feed.held);
    if let Some(lasts) = feed.lasts {
        text.gauge("history_seconds", "How long the history lasts at the rate of late.");
        text.sample(lasts.as_secs_f64());
    }
    if let Some(reachable) = feed.reachable {
        text.gauge("reachable", "Whether what keeps the feed takes messages.");
        text.sample(u8::from(reachable));
    }
    text.gauge("uptime_seconds", "Since this server began.");
    text.sample(site.uptime().as_secs_f64());

    Ok(HttpResponse::Ok().content_type(CONTENT_TYPE).body(text.text))
}

/// The text, metric after metric, each with its samples.
#[derive(Debug, Default)]
struct Exposition {
    text: String,
    /// What the samples that follow are of.
    name: String,
}

impl Exposition {
    /// What goes up and down.
    fn gauge(&mut self, name: &str, help: &str) {
        self.begin(format!("five_ways_{name}"), "gauge", help);
    }

    /// What only goes up, until the server starts again.
    fn counter(&mut self, name: &str, help: &str) {
        self.begin(format!("five_ways_{name}_total"), "counter", help);
    }

    fn begin(&mut self, name: String, kind: &str, help: &str) {
        let help = help.replace('\\', r"\\").replace('\n', r"\n");
        self.line(format_args!("# HELP {name} {help}\n# TYPE {name} {kind}"));
        self.name = name;
    }

    fn sample(&mut self, value: impl Display) {
        let name = self.name.clone();
        self.line(format_args!("{name} {value}"));
    }

    fn labeled(&mut self, label: &str, is: &str, value: impl Display) {
        let (name, is) = (self.name.clone(), escaped(is));
        self.line(format_args!("{name}{{{label}=\"{is}\"}} {value}"));
    }

    fn line(&mut self, line: impl Display) {
        writeln!(self.text, "{line}").ok(); // a string takes it
    }
}

/// As it may stand between quotes.
fn escaped(label: &str) -> String {
    label.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_line_or_a_label_is_escaped() {
        let mut text = Exposition::default();

        text.counter("odd", "a \\ and\na line");
        text.labeled("is", "a \\, a \" and\na line", 1);

        let wanted = concat!(
            "# HELP five_ways_odd_total a \\\\ and\\na line\n",
            "# TYPE five_ways_odd_total counter\n",
            "five_ways_odd_total{is=\"a \\\\, a \\\" and\\na line\"} 1\n",
        );
        assert_eq!(text.text, wanted);
    }
}
