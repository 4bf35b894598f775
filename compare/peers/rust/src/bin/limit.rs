//! The limit, with one write for each message and client.

fn main() -> std::io::Result<()> {
    peers::limit::run(peers::limit::Writes::EachMessage)
}
