//! Plots as SVG, drawn so that they can be read on a telephone, and with the colors of the page around them.

use std::fmt::Write as _;

use super::table::number;

/// In units that are pixels where there is room, and a little less on a telephone.
const WIDTH: f64 = 420.0;
/// Of the plane of lines, and what is left around it.
const HEIGHT: f64 = 250.0;
const LEFT: f64 = 46.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 40.0;
/// From one bar to the next.
const ROW: f64 = 36.0;

/// A bar of several parts.
#[derive(Debug)]
pub(crate) struct Bar {
    pub(crate) label: String,
    /// The way's name, which gives the color.
    pub(crate) way: String,
    pub(crate) parts: Vec<f64>,
    /// What stands at its end.
    pub(crate) value: String,
}

/// A line through points, in order.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) label: String,
    pub(crate) way: String,
    /// Ours are drawn through, those of peers are dashed.
    pub(crate) is_dashed: bool,
    pub(crate) points: Vec<(f64, f64)>,
}

/// How the values of an axis lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scale {
    /// From zero on.
    Even,
    /// Each power of ten as long as the last.
    Powers,
}

/// An axis: what it says, and how its values lie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Axis {
    pub(crate) says: &'static str,
    pub(crate) scale: Scale,
}

/// Bars one below the other, all on one scale; the parts of each get lighter.
pub(crate) fn bars(title: &str, bars: &[Bar]) -> String {
    let most = bars.iter().map(|bar| bar.parts.iter().sum()).fold(f64::MIN_POSITIVE, f64::max);
    let height = ROW * bars.len() as f64 + 4.0;
    let mut svg = open(title, height);

    for (at, bar) in bars.iter().enumerate() {
        let y = ROW * at as f64 + 14.0;
        let (label, value, way) = (escaped(&bar.label), escaped(&bar.value), escaped(&bar.way));
        write!(svg, r#"<g class="{way}"><text y="{y}">{label}</text>"#).ok(); // it is a String
        write!(svg, r#"<text class="value" x="{WIDTH}" y="{y}" text-anchor="end">{value}</text>"#).ok();
        let mut x = 0.0;
        for (part, length) in bar.parts.iter().map(|value| value / most * WIDTH).enumerate() {
            let top = y + 6.0;
            let class = if part == 0 { "first" } else { "rest" };
            write!(svg, r#"<rect class="{class}" x="{x:.1}" y="{top}" width="{length:.1}" height="10"/>"#).ok();
            x += length;
        }
        svg.push_str("</g>");
    }
    svg.push_str("</svg>");

    svg
}

/// Lines in one plane. What cannot stand on an axis of powers is left out.
pub(crate) fn lines(title: &str, lines: &[Line], x: Axis, y: Axis) -> String {
    let fits = |&(at, value): &(f64, f64)| x.scale.fits(at) && y.scale.fits(value);
    let points = || lines.iter().flat_map(|line| &line.points).copied().filter(fits);
    let across = Plane::of(points().map(|point| point.0), x.scale, LEFT, WIDTH - RIGHT);
    let down = Plane::of(points().map(|point| point.1), y.scale, HEIGHT - BOTTOM, TOP);
    let mut svg = open(title, HEIGHT);
    if points().next().is_none() {
        return svg + r#"<text x="0" y="20">nothing was measured</text></svg>"#;
    }

    for (value, at) in down.ticks() {
        let (end, text) = (WIDTH - RIGHT, short(value));
        write!(svg, r#"<line x1="{LEFT}" x2="{end}" y1="{at:.1}" y2="{at:.1}"/>"#).ok(); // it is a String
        write!(svg, r#"<text class="tick" x="{}" y="{:.1}" text-anchor="end">{text}</text>"#, LEFT - 6.0, at + 4.0)
            .ok();
    }
    for (value, at) in across.ticks() {
        let (y, text) = (HEIGHT - BOTTOM + 16.0, short(value));
        write!(svg, r#"<text class="tick" x="{at:.1}" y="{y}" text-anchor="middle">{text}</text>"#).ok();
    }
    write!(svg, r#"<text class="tick" x="{}" y="{}" text-anchor="end">{}</text>"#, WIDTH - RIGHT, HEIGHT - 6.0, x.says)
        .ok();
    for line in lines {
        let places: Vec<(f64, f64)> = line
            .points
            .iter()
            .filter(|point| fits(point))
            .map(|point| (across.at(point.0), down.at(point.1)))
            .collect();
        let path: Vec<String> = places.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let dashed = if line.is_dashed { " dashed" } else { "" };
        write!(svg, r#"<g class="{}{dashed}"><title>{}</title>"#, escaped(&line.way), escaped(&line.label)).ok();
        write!(svg, r#"<polyline points="{}"/>"#, path.join(" ")).ok();
        for (x, y) in places.iter().filter(|_| places.len() < 20) {
            write!(svg, r#"<circle cx="{x:.1}" cy="{y:.1}" r="3"/>"#).ok();
        }
        svg.push_str("</g>");
    }
    svg.push_str("</svg>");

    svg
}

fn open(title: &str, height: f64) -> String {
    let title = escaped(title);

    format!(r#"<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{title}">"#)
}

/// Values, and where they are drawn.
#[derive(Debug)]
struct Plane {
    scale: Scale,
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Plane {
    fn of(values: impl Iterator<Item = f64>, scale: Scale, from: f64, to: f64) -> Self {
        let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
        let (low, high) = match scale {
            Scale::Even if high > 0.0 => (0.0, (high / step(high)).ceil() * step(high)),
            Scale::Even => (0.0, 1.0),
            Scale::Powers => (low, if high > low { high } else { low * 10.0 }),
        };

        Self { scale, low, high, from, to }
    }

    fn at(&self, value: f64) -> f64 {
        let share = match self.scale {
            Scale::Even => value / self.high,
            Scale::Powers => (value / self.low).ln() / (self.high / self.low).ln(),
        };

        self.from + share * (self.to - self.from)
    }

    /// Round values, four or five of them, and where they are.
    fn ticks(&self) -> Vec<(f64, f64)> {
        let values: Vec<f64> = match self.scale {
            Scale::Even => {
                let step = step(self.high);
                (0..).map(|times| f64::from(times) * step).take_while(|value| *value <= self.high * 1.001).collect()
            }
            Scale::Powers => {
                let powers = self.low.log10().floor() as i32..=self.high.log10().ceil() as i32;
                let inside = |value: &f64| (self.low * 0.999..=self.high * 1.001).contains(value);
                let of = |steps: &[f64]| -> Vec<f64> {
                    let all = powers.clone().flat_map(|power| steps.iter().map(move |step| step * 10_f64.powi(power)));
                    all.filter(inside).collect()
                };
                let fine = of(&[1.0, 2.0, 5.0]);
                if fine.len() <= 6 { fine } else { of(&[1.0]) }
            }
        };

        values.into_iter().map(|value| (value, self.at(value))).collect()
    }
}

impl Scale {
    fn fits(self, value: f64) -> bool {
        value.is_finite() && (self == Self::Even || value > 0.0)
    }
}

/// From one tick to the next, where there are four or five up to a value: one of 1, 2, 5, 10, …
fn step(most: f64) -> f64 {
    let value = most / 4.5;
    let power = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);

    steps.into_iter().find(|step| *step >= value).unwrap_or(value)
}

/// As few characters as will do.
fn short(value: f64) -> String {
    match value {
        value if value >= 1e6 => format!("{} M", number(value / 1e6)),
        value if value >= 1e4 => format!("{} k", number(value / 1e3)),
        value => number(value),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVEN: Axis = Axis { says: "x", scale: Scale::Even };
    const POWERS: Axis = Axis { says: "y", scale: Scale::Powers };

    #[test]
    fn the_longest_bar_fills_the_width_and_the_others_are_in_proportion() {
        let bar =
            |parts: &[f64]| Bar { label: "a<b".into(), way: "sse".into(), parts: parts.to_vec(), value: "1".into() };

        let svg = bars("bytes", &[bar(&[100.0, 300.0]), bar(&[50.0, 0.0])]);

        assert!(svg.contains(r#"<rect class="first" x="0.0" y="20" width="105.0""#), "{svg}");
        assert!(svg.contains(r#"<rect class="rest" x="105.0" y="20" width="315.0""#), "{svg}");
        assert!(svg.contains(r#"width="52.5""#) && svg.contains("a&lt;b") && !svg.contains("a<b"), "{svg}");
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>"), "{svg}");
    }

    #[test]
    fn a_line_goes_from_corner_to_corner() {
        let line = |points: &[(f64, f64)]| Line {
            label: "l".into(),
            way: "sse".into(),
            is_dashed: true,
            points: points.to_vec(),
        };

        let svg = lines("growth", &[line(&[(0.0, 1.0), (10.0, 100.0), (5.0, 0.0)])], EVEN, POWERS);

        assert!(svg.contains(r#"<polyline points="46.0,210.0 400.0,12.0"/>"#), "0 is on no axis of powers: {svg}");
        assert!(svg.contains(r#"class="sse dashed""#), "{svg}");
    }

    #[test]
    fn nothing_is_said_where_nothing_was_measured() {
        assert!(lines("none", &[], EVEN, EVEN).contains("nothing was measured"));
        assert!(bars("none", &[]).ends_with("</svg>"));
    }

    #[test]
    fn ticks_are_round_and_few() {
        let even: Vec<f64> =
            Plane::of([37.0].into_iter(), Scale::Even, 0.0, 1.0).ticks().iter().map(|tick| tick.0).collect();
        let powers = Plane::of([90.0, 9_500.0].into_iter(), Scale::Powers, 0.0, 1.0);
        let powers: Vec<f64> = powers.ticks().iter().map(|tick| tick.0).collect();

        assert_eq!(even, [0.0, 10.0, 20.0, 30.0, 40.0]);
        assert_eq!(powers, [100.0, 200.0, 500.0, 1_000.0, 2_000.0, 5_000.0]);
        assert_eq!([0.5, 1_000.0, 9_500.0, 50_000.0, 2.5e6].map(short), ["0.5", "1,000", "9,500", "50 k", "2.5 M"]);
    }
}
