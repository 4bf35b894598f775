//! The highest rate that is held: doubled or halved until one is held and twice as much is not, then bisected.

/// Where it begins, in deliveries a second, and in messages.
const FIRST: u32 = 500_000;
const FIRST_RATES: std::ops::RangeInclusive<u32> = 10..=5_000;
/// More is not tried.
const MOST: u32 = 100_000;

/// What is known of the rates.
#[derive(Debug)]
pub(crate) struct Search {
    first: u32,
    held: Option<u32>,
    missed: Option<u32>,
}

impl Search {
    /// Among so many clients.
    pub(crate) fn among(clients: u32) -> Self {
        let first = (FIRST / clients.max(1)).clamp(*FIRST_RATES.start(), *FIRST_RATES.end());

        Self { first, held: None, missed: None }
    }

    /// What to try next; `None` where more would say no more.
    pub(crate) fn next(&self) -> Option<u32> {
        let next = match (self.held, self.missed) {
            (None, None) => self.first,
            (Some(held), None) => held.saturating_mul(2).min(MOST),
            (None, Some(missed)) => missed / 2,
            (Some(held), Some(missed)) => f64::from(held).midpoint(f64::from(missed)) as u32,
        };
        let is_new = next > 0 && Some(next) != self.held && Some(next) != self.missed;
        let is_near = self.held.zip(self.missed).is_some_and(|(held, missed)| missed - held <= held / 10);

        (is_new && !is_near).then_some(next)
    }

    /// Notes what came of a rate.
    pub(crate) fn note(&mut self, rate: u32, held: bool) {
        let known = if held { &mut self.held } else { &mut self.missed };
        *known = Some(rate);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All that is tried where this is the highest.
    fn tried(highest: u32) -> Vec<u32> {
        let mut search = Search::among(5_000);
        let mut tried = Vec::new();
        while let Some(rate) = search.next() {
            tried.push(rate);
            search.note(rate, rate <= highest);
        }

        tried
    }

    #[test]
    fn it_doubles_then_halves_the_distance() {
        assert_eq!(tried(1_100), [100, 200, 400, 800, 1_600, 1_200, 1_000, 1_100]);
    }

    #[test]
    fn it_goes_down_where_the_first_is_too_much() {
        assert_eq!(tried(30), [100, 50, 25, 37, 31, 28, 29]);
        assert_eq!(tried(0), [100, 50, 25, 12, 6, 3, 1]);
    }

    #[test]
    fn fewer_clients_begin_higher() {
        let first = |clients| Search::among(clients).next();

        assert_eq!([1, 100, 1_000, 9_500].map(first), [Some(5_000), Some(5_000), Some(500), Some(52)]);
    }

    #[test]
    fn it_ends_at_the_most() {
        assert_eq!(tried(u32::MAX).last(), Some(&MOST));
    }
}
