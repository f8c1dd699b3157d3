//! How many colours the terminal has, and the nearest colour it can show.

use ratatui::style::Color;

/// How many colours may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Depth {
    /// None: modifiers only (`NO_COLOR`, `--color mono`).
    Mono,
    /// The terminal's sixteen named colours.
    Ansi16,
    /// The 256 indexed colours.
    Indexed256,
    /// 24 bit.
    Rgb,
}

impl Depth {
    /// All, from least to most.
    pub const ALL: [Self; 4] = [Self::Mono, Self::Ansi16, Self::Indexed256, Self::Rgb];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mono => "mono",
            Self::Ansi16 => "16",
            Self::Indexed256 => "256",
            Self::Rgb => "rgb",
        }
    }

    /// The nearest colour that can be shown. Colours that can be shown stay what they are, so that a palette of the
    /// user's own keeps its meaning.
    pub fn nearest(self, color: Color) -> Color {
        match (self, color) {
            (_, Color::Reset) | (Self::Mono, _) => Color::Reset,
            (Self::Indexed256, Color::Rgb(r, g, b)) => Color::Indexed(nearest_index((r, g, b))),
            (Self::Ansi16, Color::Rgb(r, g, b)) => nearest_named((r, g, b)),
            (Self::Ansi16, Color::Indexed(index)) => match NAMED.get(usize::from(index)) {
                Some((named, _)) => *named,
                None => nearest_named(rgb_of_index(index)),
            },
            (_, shown) => shown,
        }
    }
}

/// A colour by its parts.
pub type Rgb = (u8, u8, u8);

/// The sixteen named colours in the order of their numbers, with the values that xterm gives them.
pub const NAMED: [(Color, Rgb); 16] = [
    (Color::Black, (0, 0, 0)),
    (Color::Red, (205, 0, 0)),
    (Color::Green, (0, 205, 0)),
    (Color::Yellow, (205, 205, 0)),
    (Color::Blue, (0, 0, 238)),
    (Color::Magenta, (205, 0, 205)),
    (Color::Cyan, (0, 205, 205)),
    (Color::Gray, (229, 229, 229)),
    (Color::DarkGray, (127, 127, 127)),
    (Color::LightRed, (255, 0, 0)),
    (Color::LightGreen, (0, 255, 0)),
    (Color::LightYellow, (255, 255, 0)),
    (Color::LightBlue, (92, 92, 255)),
    (Color::LightMagenta, (255, 0, 255)),
    (Color::LightCyan, (0, 255, 255)),
    (Color::White, (255, 255, 255)),
];

/// Red, yellow, green, cyan, blue, magenta: the numbers of the named colours that stand 60 degrees of hue apart.
const HUES: [usize; 6] = [1, 3, 2, 6, 4, 5];

/// The steps of the 6x6x6 cube.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The parts of a colour; `None` for the terminal's own default.
pub fn rgb_of(color: Color) -> Option<Rgb> {
    match color {
        Color::Reset => None,
        Color::Rgb(r, g, b) => Some((r, g, b)),
        Color::Indexed(index) => Some(rgb_of_index(index)),
        named => NAMED.iter().find(|(known, _)| *known == named).map(|(_, rgb)| *rgb),
    }
}

fn rgb_of_index(index: u8) -> Rgb {
    match index {
        0..=15 => NAMED[usize::from(index)].1,
        16..=231 => {
            let cube = usize::from(index - 16);
            (STEPS[cube / 36], STEPS[cube / 6 % 6], STEPS[cube % 6])
        }
        232..=255 => {
            let grey = 8 + 10 * (index - 232);
            (grey, grey, grey)
        }
    }
}

/// The nearest of the cube and the greys. The first sixteen are not used: every terminal shows them differently.
fn nearest_index(rgb: Rgb) -> u8 {
    (16..=255).min_by_key(|index| distance(rgb, rgb_of_index(*index))).unwrap_or(16)
}

/// The named colour of the same hue, or the nearest grey: a red stays red, however dark, because it means something.
fn nearest_named((r, g, b): Rgb) -> Color {
    let (most, least) = (r.max(g).max(b), r.min(g).min(b));
    let chroma = i32::from(most - least);
    if chroma < 64 {
        let greys = NAMED.iter().filter(|(_, (r, g, b))| r == g && g == b);
        return greys
            .min_by_key(|(_, grey)| distance((r, g, b), *grey))
            .map_or(Color::Reset, |(named, _)| *named);
    }
    let part = |x: u8, y: u8| (i32::from(x) - i32::from(y)) * 60 / chroma;
    let hue = if most == r {
        part(g, b)
    } else if most == g {
        120 + part(b, r)
    } else {
        240 + part(r, g)
    };
    let sixth = usize::try_from((hue + 360 + 30) % 360 / 60).unwrap_or(0);
    let bright = if most >= 220 { 8 } else { 0 };
    NAMED[HUES[sixth] + bright].0
}

/// How different two colours look: the weighted distance that follows the eye's sensitivity by the mean of red.
fn distance(a: Rgb, b: Rgb) -> i32 {
    let part = |x: u8, y: u8| i32::from(x) - i32::from(y);
    let mean = i32::midpoint(i32::from(a.0), i32::from(b.0));
    let (red, green, blue) = (part(a.0, b.0), part(a.1, b.1), part(a.2, b.2));
    (((512 + mean) * red * red) >> 8) + 4 * green * green + (((767 - mean) * blue * blue) >> 8)
}

/// The contrast of two colours by the WCAG's formula: 1 is none, 21 is black on white.
pub fn contrast(a: Rgb, b: Rgb) -> f32 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance((r, g, b): Rgb) -> f32 {
    let part = |part: u8| {
        let part = f32::from(part) / 255.0;
        if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_shown_stays() {
        for color in
            [Color::Red, Color::DarkGray, Color::Indexed(3), Color::Indexed(200), Color::Rgb(1, 2, 3)]
        {
            assert_eq!(Depth::Rgb.nearest(color), color);
            assert_eq!(Depth::Mono.nearest(color), Color::Reset);
        }
        assert_eq!(Depth::Indexed256.nearest(Color::Red), Color::Red);
        assert_eq!(Depth::Indexed256.nearest(Color::Indexed(200)), Color::Indexed(200));
        for depth in Depth::ALL {
            assert_eq!(depth.nearest(Color::Reset), Color::Reset);
        }
    }

    #[test]
    fn what_cannot_becomes_the_nearest() {
        for (color, indexed, named) in [
            (Color::Rgb(0, 0, 0), Color::Indexed(16), Color::Black),
            (Color::Rgb(255, 255, 255), Color::Indexed(231), Color::White),
            (Color::Rgb(250, 10, 5), Color::Indexed(196), Color::LightRed),
            (Color::Rgb(96, 134, 174), Color::Indexed(67), Color::Blue),
            (Color::Rgb(0x8a, 0x5a, 0), Color::Indexed(94), Color::Yellow),
            (Color::Rgb(0x1a, 0x7f, 0x37), Color::Indexed(29), Color::Green),
            (Color::Rgb(0xff, 0x7b, 0x72), Color::Indexed(209), Color::LightRed),
            (Color::Rgb(0xd7, 0xa6, 0xff), Color::Indexed(183), Color::LightMagenta),
            (Color::Rgb(0x1c, 0x1c, 0x1c), Color::Indexed(234), Color::Black),
            (Color::Rgb(0x80, 0x80, 0x80), Color::Indexed(244), Color::DarkGray),
        ] {
            assert_eq!(Depth::Indexed256.nearest(color), indexed, "{color}");
            assert_eq!(Depth::Ansi16.nearest(color), named, "{color}");
        }
        assert_eq!(Depth::Ansi16.nearest(Color::Indexed(9)), Color::LightRed);
        assert_eq!(Depth::Ansi16.nearest(Color::Indexed(196)), Color::LightRed);
        assert_eq!(Depth::Ansi16.nearest(Color::Indexed(255)), Color::Gray);
        assert_eq!(Depth::Ansi16.nearest(Color::Indexed(51)), Color::LightCyan);
    }

    #[test]
    fn every_index_is_its_own_nearest() {
        for index in 16..=255_u8 {
            let (r, g, b) = rgb_of_index(index);
            let Color::Indexed(nearest) = Depth::Indexed256.nearest(Color::Rgb(r, g, b)) else {
                panic!("{index}")
            };
            assert_eq!(rgb_of_index(nearest), (r, g, b), "{index}");
        }
    }

    #[test]
    fn contrast_is_that_of_the_wcag() {
        assert!((contrast((0, 0, 0), (255, 255, 255)) - 21.0).abs() < 0.01);
        assert!((contrast((9, 9, 9), (9, 9, 9)) - 1.0).abs() < 0.01);
        assert!((contrast((0x76, 0x76, 0x76), (255, 255, 255)) - 4.54).abs() < 0.01);
    }
}
