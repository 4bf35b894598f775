//! What the five commands say to a mistake: one line, which says what to do.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{net::TcpListener, process::Command};

use compare::transports::ALL;

#[test]
fn a_port_in_use_is_one_line_and_exit_code_1() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();

    for row in ALL {
        let (code, text) = run(row.transport.name, &["--port", &port]);

        assert_eq!((code, text.lines().count()), (Some(1), 1), "{text}");
        assert!(text.contains("choose another port with --port"), "{text}");
    }
}

#[test]
fn missing_assets_are_one_line_and_exit_code_1() {
    for row in ALL {
        let (code, text) = run(row.transport.name, &["--port", "0", "--assets", "/nowhere"]);

        assert_eq!((code, text.lines().count()), (Some(1), 1), "{text}");
        assert!(text.contains("point --assets at the project's folder"), "{text}");
    }
}

#[test]
fn a_bad_option_is_one_line_and_exit_code_2() {
    for row in ALL {
        for wrong in ["--nonsense", "--tick=soon", "--port=65536", "--history=0", "--host=nobody", "--allow-embed=*"] {
            let (code, text) = run(row.transport.name, &["--port", "0", wrong]);

            assert_eq!((code, text.lines().count()), (Some(2), 1), "{wrong}: {text}");
            assert!(text.contains("--help lists the options"), "{text}");
        }
    }
}

/// The exit code, and all that was printed.
fn run(name: &str, options: &[&str]) -> (Option<i32>, String) {
    let cargo = ["run", "--quiet", "--locked", "-p", name, "--"];
    let mut command = Command::new(env!("CARGO"));
    let output = command.args(cargo).args(options).current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).output();
    let output = output.unwrap();

    (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}
