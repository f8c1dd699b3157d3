//! A pattern for many lines at once: one that means the same of each line, and no match of which goes over a line's end.

use regex_automata::{meta, util::syntax};
use regex_syntax::hir::{
    Class, ClassBytes, ClassBytesRange, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Look, Repetition,
};

/// The pattern; `None` where there is none that would mean the same.
pub(super) fn pattern(source: &str, any_case: bool, size: usize) -> Option<meta::Regex> {
    let syntax = syntax::Config::new().case_insensitive(any_case).multi_line(true);
    let hir = within(&syntax::parse_with(source, &syntax).ok()?)?;
    let config = meta::Config::new().nfa_size_limit(Some(size));
    meta::Builder::new().configure(config).build_from_hir(&hir).ok()
}

/// Takes every break out of what can match: no line has one within. The ends of the text become those of the line.
fn within(hir: &Hir) -> Option<Hir> {
    let all = |hirs: &[Hir]| hirs.iter().map(within).collect::<Option<Vec<Hir>>>();
    Some(match hir.kind() {
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) if literal.0.contains(&b'\n') => Hir::fail(),
        HirKind::Literal(literal) => Hir::literal(literal.0.clone()),
        HirKind::Class(Class::Unicode(class)) => {
            let mut class = class.clone();
            class.difference(&ClassUnicode::new([ClassUnicodeRange::new('\n', '\n')]));
            Hir::class(Class::Unicode(class))
        }
        HirKind::Class(Class::Bytes(class)) => {
            let mut class = class.clone();
            class.difference(&ClassBytes::new([ClassBytesRange::new(b'\n', b'\n')]));
            Hir::class(Class::Bytes(class))
        }
        HirKind::Look(Look::Start) => Hir::look(Look::StartLF),
        HirKind::Look(Look::End) => Hir::look(Look::EndLF),
        // These see what stands behind the line's end.
        HirKind::Look(Look::StartCRLF | Look::EndCRLF) => return None,
        HirKind::Look(look) => Hir::look(*look),
        HirKind::Repetition(repetition) => {
            Hir::repetition(Repetition { sub: Box::new(within(&repetition.sub)?), ..repetition.clone() })
        }
        // Nobody asks what a group matched.
        HirKind::Capture(capture) => within(&capture.sub)?,
        HirKind::Concat(hirs) => Hir::concat(all(hirs)?),
        HirKind::Alternation(hirs) => Hir::alternation(all(hirs)?),
    })
}
