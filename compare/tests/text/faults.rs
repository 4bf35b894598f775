//! docs/FAULTS.md is that of the programs: each names its faults itself, and what mends them is there.

use std::{collections::BTreeSet, fs};

use compare::transports::ALL;
use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use crate::{root, table::faults};

#[test]
fn the_articles_programs_name_the_faults_of_the_table() {
    for row in ALL {
        let name = row.transport.name;
        let program = fs::read_to_string(root().join(name).join("examples/article.rs")).unwrap();

        let named: BTreeSet<String> =
            program.lines().filter_map(|line| line.strip_prefix("//! - ")).map(str::to_owned).collect();
        let in_table: BTreeSet<String> = faults()
            .into_iter()
            .filter(|fault| fault.who.iter().any(|who| who == name))
            .map(|fault| fault.what)
            .collect();

        assert_eq!(named, in_table, "{name}");
        assert!(!named.is_empty(), "{name}");
    }
}

#[test]
fn what_mends_a_fault_is_there() {
    for fault in faults() {
        let (mut code, mut found, mut link) = (String::new(), 0, false);
        for event in Parser::new(&fault.mended) {
            match event {
                Event::Code(words) => code = words.into_string(),
                Event::Start(Tag::Link { dest_url, .. }) => {
                    let source = fs::read_to_string(root().join("docs").join(&*dest_url)).unwrap();
                    assert!(source.contains(&code), "{}: {dest_url} has no {code}", fault.what);
                    (found, link) = (found + 1, true);
                }
                Event::End(TagEnd::Link) => link = false,
                _ => {}
            }
        }
        assert!(found > 0 && !link, "{} is not mended", fault.what);
    }
}
