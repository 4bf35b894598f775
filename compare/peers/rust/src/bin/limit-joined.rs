//! The limit, with one write for all that is pending.

fn main() -> std::io::Result<()> {
    peers::limit::run(peers::limit::Writes::AllPending)
}
