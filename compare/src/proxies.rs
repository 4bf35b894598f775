//! Real proxies between a browser and a server: the ten of `deploy/`, found or fetched, started, and ended.
//!
//! Each is started as its reader would, by its program and a configuration of `deploy`; but in a folder of its own, and on a free
//! port of the loopback address. None is installed, and none becomes a service.

mod apache;
mod caddy;
mod get;
mod h2o;
mod haproxy;
mod lighttpd;
mod nghttpx;
mod nginx;
mod program;
mod running;
mod setting;
mod squid;
mod trafficserver;
mod varnish;

use std::{io, process::Command};

use setting::Setting;

pub use program::Program;
pub use running::Proxy;

/// Those that are known, in the order of `docs/PROXIES.md`.
pub const ALL: [Known; 10] = [
    nginx::NGINX,
    haproxy::HAPROXY,
    apache::APACHE,
    varnish::VARNISH,
    squid::SQUID,
    lighttpd::LIGHTTPD,
    caddy::CADDY,
    trafficserver::TRAFFIC_SERVER,
    h2o::H2O,
    nghttpx::NGHTTPX,
];

/// A proxy, and how it is started.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// What it is called on a command line; its folder in `deploy` is named so, too.
    pub name: &'static str,
    /// What it is called in a text.
    pub title: &'static str,
    /// Debian's package that has it.
    pub package: &'static str,
    /// Its program, below `/usr`.
    program: &'static str,
    /// What makes the program say its version.
    version: &'static str,
    /// How the names of its configurations end.
    extension: &'static str,
    /// Its configurations, as it comes and right.
    texts: [&'static str; 2],
    /// What starts it.
    command: fn(&Setting<'_>) -> io::Result<Command>,
}

/// Which configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Form {
    /// The shortest that forwards everything.
    AsItComes,
    /// The fewest lines with which all five ways work.
    Right,
}

impl Form {
    /// Both.
    pub const ALL: [Self; 2] = [Self::AsItComes, Self::Right];

    /// What it is called in the name of a file.
    pub fn name(self) -> &'static str {
        match self {
            Self::AsItComes => "as-it-comes",
            Self::Right => "right",
        }
    }
}

impl Known {
    /// The one that is called so.
    pub fn named(name: &str) -> Option<&'static Self> {
        static KNOWN: &[Known] = &ALL;

        KNOWN.iter().find(|known| known.name == name)
    }

    /// Where a configuration is, from the top of the project.
    pub fn file(&self, form: Form) -> String {
        format!("deploy/{}/{}.{}", self.name, form.name(), self.extension)
    }

    /// What stands in it.
    pub fn text(&self, form: Form) -> &'static str {
        let [as_it_comes, right] = self.texts;
        match form {
            Form::AsItComes => as_it_comes,
            Form::Right => right,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_found_by_its_name() {
        for known in ALL {
            assert_eq!(Known::named(known.name).unwrap().title, known.title);
        }
        assert!(Known::named("nobody").is_none());
    }

    #[test]
    fn each_is_started_by_hand_as_the_table_says() {
        let table = include_str!("../../deploy/README.md");

        for Known { name, package, program, .. } in ALL {
            let line = table.lines().find(|line| line.starts_with(&format!("| {name} | `{package}` | ")));
            let program = program.rsplit(['/', '_']).next().unwrap();
            let names =
                line.is_some_and(|line| line.contains(program) && line.contains(&format!("deploy/{name}/right.")));
            assert!(names, "{name}: {line:?}");
        }
    }

    #[test]
    fn each_configuration_has_the_addresses_that_are_replaced() {
        for known in ALL {
            for form in Form::ALL {
                let text = known.text(form);
                assert!(text.contains("8080") && text.contains("3004"), "{}", known.file(form));
            }
        }
    }
}
