//! Lists of slots: finding, taking out, putting in. Pure work on numbers; what is smaller is handed in.

use std::cmp::Ordering;

use crate::model::table::Slot;

/// Up to so many rows are moved one by one; more are moved in one pass over the list.
const FEW: usize = 4;

/// Where a slot is. Compares whole blocks of numbers without a branch, so that the compiler uses vector instructions:
/// 50,000 rows take a few microseconds, and no record is touched.
pub(super) fn find(rows: &[Slot], slot: Slot) -> Option<usize> {
    const BLOCK: usize = 64;
    let holds = |block: &[Slot]| block.iter().map(|row| usize::from(*row == slot)).sum::<usize>() > 0;
    let (block, rest) = rows.chunks(BLOCK).enumerate().find(|(_, block)| holds(block))?;
    Some(block * BLOCK + rest.iter().position(|row| *row == slot)?)
}

/// Rows that change their place in one list.
#[derive(Debug, Default)]
pub(super) struct Moves {
    out: Vec<Slot>,
    into: Vec<Slot>,
}

impl Moves {
    /// A row was in the list or not, is to be in it or not, and keeps its place or not. Once for each row.
    pub(super) fn note(&mut self, slot: Slot, was: bool, is: bool, keeps: bool) {
        if was && is && keeps {
            return;
        }
        if was {
            self.out.push(slot);
        }
        if is {
            self.into.push(slot);
        }
    }

    /// Whether moving them one by one is cheaper than a pass over the whole list.
    pub(super) fn are_few(&self) -> bool {
        self.out.len().max(self.into.len()) <= FEW
    }

    /// Moves them. Rows that do not move must be sorted by `order`, which is total.
    pub(super) fn run(mut self, rows: &mut Vec<Slot>, order: impl Fn(Slot, Slot) -> Ordering) {
        take_out(rows, &self.out);
        if self.into.len() <= FEW {
            for slot in self.into {
                let at = rows.partition_point(|row| order(*row, slot).is_lt());
                rows.insert(at, slot);
            }
            return;
        }
        self.into.sort_unstable_by(|a, b| order(*a, *b));
        let mut merged = Vec::with_capacity(rows.len() + self.into.len());
        let mut rest = &rows[..];
        for slot in self.into {
            let (before, after) = rest.split_at(rest.partition_point(|row| order(*row, slot).is_lt()));
            merged.extend_from_slice(before);
            merged.push(slot);
            rest = after;
        }
        merged.extend_from_slice(rest);
        *rows = merged;
    }
}

fn take_out(rows: &mut Vec<Slot>, out: &[Slot]) {
    if out.len() <= FEW {
        for slot in out {
            if let Some(at) = find(rows, *slot) {
                rows.remove(at);
            }
        }
        return;
    }
    let end = out.iter().max().map_or(0, |slot| *slot as usize + 1);
    let mut marks = vec![false; end];
    for slot in out {
        marks[*slot as usize] = true;
    }
    rows.retain(|row| !marks.get(*row as usize).copied().unwrap_or(false));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn finds() {
        let rows: Vec<Slot> = (0..300).rev().collect();
        for slot in [0, 1, 63, 64, 150, 299] {
            assert_eq!(find(&rows, slot), Some(299 - slot as usize));
        }
        assert_eq!(find(&rows, 300), None);
        assert_eq!(find(&[], 0), None);
    }

    proptest! {
        #[test]
        fn moves_equal_a_new_sort(
            before in prop::collection::btree_set(0..60_u32, 0..60),
            noted in prop::collection::btree_map(0..60_u32, any::<bool>(), 0..20),
        ) {
            // Rows are ordered by their number, downwards; those that are noted stand anywhere.
            let order = |a: Slot, b: Slot| b.cmp(&a);
            let mut rows: Vec<Slot> = before.iter().rev().copied().collect();
            rows.retain(|row| !noted.contains_key(row));
            let mut expected = before.clone();
            let mut moves = Moves::default();
            for (at, (slot, is)) in noted.into_iter().enumerate() {
                let was = before.contains(&slot);
                if was { rows.insert(at * 7 % (rows.len() + 1), slot); }
                moves.note(slot, was, is, false);
                if is { expected.insert(slot); } else { expected.remove(&slot); }
            }
            moves.run(&mut rows, order);
            prop_assert_eq!(rows, expected.into_iter().rev().collect::<Vec<_>>());
        }
    }
}
