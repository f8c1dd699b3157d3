//! A canary and its stable side among everything that is behind their service: a share is one of all its endpoints, and
//! others keep theirs.

use super::{Side, replicas, scales, share};
use crate::release::{Change, Target};

/// The two sides between which pods are moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The one whose share is set.
    pub canary: Side,
    /// The one that has the rest.
    pub stable: Side,
    /// Pods of others behind the same service.
    pub others: u32,
    /// The canary's share of the ready endpoints now, in percent.
    pub percent: u32,
}

impl Pair {
    /// Pods of both together.
    fn both(&self) -> u32 {
        self.canary.replicas + self.stable.replicas
    }

    /// Replicas of canary and stable that give the canary so many percent of all; else why that cannot be.
    pub fn replicas(&self, percent: u32) -> Result<(u32, u32), String> {
        if self.others == 0 {
            return Ok(replicas(percent, self.both()));
        }
        let both = self.both().max(if percent == 0 { 1 } else { 2 });
        let all = both + self.others;
        let most = share(both, all);
        if percent > most {
            return Err(format!("others behind it keep {} of {all} pods: {most} % at most", self.others));
        }
        let canary = match percent {
            0 => 0,
            percent if percent == most => both,
            percent => ((all * percent + 50) / 100).clamp(1, both - 1),
        };
        Ok((canary, both - canary))
    }

    /// The scales that give the canary so many percent of all; what grows first.
    pub fn set_share(&self, percent: u32) -> Result<Vec<(Target, Change)>, String> {
        Ok(scales(&self.canary, &self.stable, self.replicas(percent)?))
    }

    /// The percent with which the canary has one pod more, or one fewer, if there is one.
    pub fn stepped(&self, up: bool) -> Option<u32> {
        let now = self.canary.replicas;
        let of = |percent: u32| self.replicas(percent).ok();
        let percent = if up {
            (0..=100).find(|percent| of(*percent).is_some_and(|(canary, _)| canary > now))
        } else {
            (0..=100).rev().find(|percent| of(*percent).is_some_and(|(canary, _)| canary < now))
        }?;
        // Of all that mean the same replicas, the one that is shown afterwards.
        let sides = of(percent)?;
        let shown = share(sides.0, sides.0 + sides.1 + self.others);
        Some(if of(shown) == Some(sides) { shown } else { percent })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::resource::Resource;

    fn pair(canary: u32, stable: u32, others: u32) -> Pair {
        let side = |name: &str, replicas| Side {
            target: Target::unborn(Resource::DEPLOYMENTS, "shop".to_owned(), name.to_owned()),
            replicas,
            ready: replicas,
            images: Vec::new(),
            paused: false,
            tried: false,
        };
        let percent = share(canary, canary + stable + others);
        Pair { canary: side("canary", canary), stable: side("stable", stable), others, percent }
    }

    #[test]
    fn a_share_is_one_of_all_endpoints() {
        for (canary, stable, others, percent, wanted) in [
            (1, 3, 0, 50, Ok((2, 2))),
            (1, 3, 4, 25, Ok((2, 2))),
            (1, 3, 4, 1, Ok((1, 3))),
            (1, 3, 4, 49, Ok((3, 1))),
            (1, 3, 4, 50, Ok((4, 0))),
            (1, 3, 4, 0, Ok((0, 4))),
            (0, 1, 1, 20, Ok((1, 1))),
            (1, 3, 4, 51, Err("others behind it keep 4 of 8 pods: 50 % at most".to_owned())),
        ] {
            let pair = pair(canary, stable, others);
            assert_eq!(pair.replicas(percent), wanted, "{percent} % of {canary}+{stable}+{others}");
        }
    }

    #[test]
    fn a_step_is_a_pod() {
        for (canary, stable, others, up, percent) in [
            (1, 3, 0, true, Some(50)),
            (2, 2, 0, false, Some(25)),
            (1, 3, 0, false, Some(0)),
            (3, 1, 0, true, Some(100)),
            (4, 0, 0, true, None),
            (0, 4, 0, false, None),
            (0, 1, 0, true, Some(50)),
            (1, 3, 4, true, Some(25)),
            (3, 1, 4, true, Some(50)),
        ] {
            let pair = pair(canary, stable, others);
            let found = pair.stepped(up);
            assert_eq!(found, percent, "{up} from {canary}+{stable}+{others}");
            if let Some(percent) = found {
                let (then, _) = pair.replicas(percent).unwrap();
                assert!(if up { then > canary } else { then < canary });
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn pods_of_the_pair_stay_as_many(canary in 0..40_u32, stable in 0..40_u32, others in 0..40_u32, percent in 0..=100_u32) {
            let pair = pair(canary, stable, others);
            if let Ok((then, rest)) = pair.replicas(percent) {
                let least = if percent == 0 || percent == 100 { 1 } else { 2 };
                proptest::prop_assert_eq!(then + rest, (canary + stable).max(least));
                proptest::prop_assert_eq!(then == 0, percent == 0);
            }
        }
    }
}
