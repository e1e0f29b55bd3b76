//! One honest tree: half of its customers say where to split, the other half what is in the leaves.
//!
//! Columns are cut into at most 64 bins by their quantiles first, so that a split costs one pass over a node's customers.

use super::Campaign;
use rand::{Rng, RngExt};

/// What a tree is to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// The mean outcome.
    Outcome,
    /// The treatment's effect on it.
    Effect,
}

/// How to grow.
#[derive(Debug, Clone, Copy)]
pub(super) struct Growth {
    pub target: Target,
    /// Fewest customers in a leaf, on each side where the effect is the target.
    pub leaf: usize,
    /// Columns tried at each split.
    pub tried: usize,
    /// Longest way down.
    pub depth: usize,
}

/// Columns as numbers of bins.
pub(super) struct Bins {
    /// Column by column.
    bins: Vec<u8>,
    /// The highest value of each bin but the last.
    edges: Vec<Vec<f64>>,
    customers: usize,
}

const BINS: usize = 64;

impl Bins {
    pub fn of(campaign: &Campaign) -> Self {
        let customers = campaign.len();
        let mut bins = Vec::with_capacity(customers * campaign.columns);
        let mut edges = Vec::with_capacity(campaign.columns);
        for column in 0..campaign.columns {
            let values = || campaign.rows[column..].iter().step_by(campaign.columns).copied();
            let mut sorted = values().collect::<Vec<_>>();
            sorted.sort_unstable_by(f64::total_cmp);
            let highest = sorted[customers - 1];
            let mut cuts = (1..BINS).map(|i| sorted[i * customers / BINS]).collect::<Vec<_>>();
            if BINS > customers {
                cuts = sorted;
            }
            cuts.dedup();
            cuts.retain(|cut| *cut < highest);
            bins.extend(values().map(|value| cuts.partition_point(|cut| *cut < value) as u8));
            edges.push(cuts);
        }
        Self { bins, edges, customers }
    }

    fn bin(&self, column: usize, customer: usize) -> usize {
        usize::from(self.bins[column * self.customers + customer])
    }
}

/// Sums over the customers of a node.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Sums {
    pub customers: f64,
    pub treated: f64,
    pub outcome: f64,
    pub outcome_treated: f64,
}

impl Sums {
    pub fn add(&mut self, outcome: f64, treated: bool) {
        let treated = f64::from(treated);
        self.customers += 1.0;
        self.treated += treated;
        self.outcome += outcome;
        self.outcome_treated += treated * outcome;
    }

    /// Fewest customers on a side.
    fn least(&self, target: Target) -> f64 {
        match target {
            Target::Outcome => self.customers,
            Target::Effect => self.treated.min(self.customers - self.treated),
        }
    }

    /// Per customer of the node.
    pub fn means(&self) -> Self {
        let n = self.customers;
        Self {
            customers: 1.0,
            treated: self.treated / n,
            outcome: self.outcome / n,
            outcome_treated: self.outcome_treated / n,
        }
    }
}

#[derive(Debug, Clone)]
struct Node {
    column: u32,
    /// Up to here to the left.
    threshold: f64,
    /// Number of the left child; the right one follows. 0 marks a leaf.
    children: u32,
    sums: Sums,
}

/// A tree.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    nodes: Vec<Node>,
}

impl Tree {
    /// Grows one on `customers`, in random order: the first half splits, the second fills.
    pub fn grow(
        campaign: &Campaign,
        outcomes: &[f64],
        bins: &Bins,
        customers: &mut [u32],
        growth: &Growth,
        rng: &mut impl Rng,
    ) -> Self {
        let (splitting, filling) = customers.split_at_mut(customers.len() / 2);
        let root = Node { column: 0, threshold: 0.0, children: 0, sums: Sums::default() };
        let mut tree = Self { nodes: vec![root] };
        let mut open = vec![(0, 0, splitting)];
        let mut grower = Grower { campaign, outcomes, bins, growth, pseudo: Vec::new() };
        while let Some((at, depth, mine)) = open.pop() {
            if depth == growth.depth {
                continue;
            }
            let Some((column, bin)) = grower.split(mine, rng) else { continue };
            let left = partition(mine, |customer| bins.bin(column, customer as usize) <= bin);
            let children = tree.nodes.len();
            tree.nodes[at].column = column as u32;
            tree.nodes[at].threshold = bins.edges[column][bin];
            tree.nodes[at].children = children as u32;
            let leaf = Node { column: 0, threshold: 0.0, children: 0, sums: Sums::default() };
            tree.nodes.extend([leaf.clone(), leaf]);
            let (low, high) = mine.split_at_mut(left);
            open.push((children, depth + 1, low));
            open.push((children + 1, depth + 1, high));
        }
        for &customer in filling.iter() {
            let customer = customer as usize;
            let row = campaign.row(customer);
            let mut at = 0;
            loop {
                tree.nodes[at].sums.add(outcomes[customer], campaign.treated[customer]);
                let Some(next) = tree.nodes[at].next(row) else { break };
                at = next;
            }
        }
        // A leaf that the second half left (nearly) empty says nothing; its parent speaks for it. Children come after
        // their parents, so that one pass from the end is enough.
        for at in (0..tree.nodes.len()).rev() {
            let children = tree.nodes[at].children as usize;
            let empty = |node: &Node| node.sums.least(growth.target) < 1.0;
            if children > 0 && tree.nodes[children..children + 2].iter().any(empty) {
                tree.nodes[at].children = 0;
            }
        }
        tree
    }

    /// What is in the leaf of a row.
    pub fn leaf(&self, row: &[f64]) -> &Sums {
        let mut at = 0;
        while let Some(next) = self.nodes[at].next(row) {
            at = next;
        }
        &self.nodes[at].sums
    }
}

impl Node {
    fn next(&self, row: &[f64]) -> Option<usize> {
        let children = self.children as usize;
        (children > 0).then(|| children + usize::from(row[self.column as usize] > self.threshold))
    }
}

/// Puts those that belong to the left first and says how many they are.
fn partition(customers: &mut [u32], left: impl Fn(u32) -> bool) -> usize {
    let mut kept = 0;
    for at in 0..customers.len() {
        if left(customers[at]) {
            customers.swap(at, kept);
            kept += 1;
        }
    }
    kept
}

struct Grower<'a> {
    campaign: &'a Campaign<'a>,
    outcomes: &'a [f64],
    bins: &'a Bins,
    growth: &'a Growth,
    pseudo: Vec<f64>,
}

#[derive(Clone, Copy, Default)]
struct Bin {
    sums: Sums,
    pseudo: f64,
}

impl Grower<'_> {
    /// The best split (column, last bin to the left) of a node, if there is one.
    fn split(&mut self, customers: &[u32], rng: &mut impl Rng) -> Option<(usize, usize)> {
        let leaf = self.growth.leaf as f64;
        let total = self.sums(customers);
        if total.least(self.growth.target) < 2.0 * leaf {
            return None;
        }
        self.label(customers, &total);
        let whole = self.pseudo.iter().sum::<f64>();
        // A split has to leave this share on either side, or trees would cut off single customers at the edge.
        let least = 0.05 * total.customers;
        let mut best = None;
        let mut best_score = whole * whole / total.customers + 1e-12;
        for column in chosen(self.campaign.columns, self.growth.tried, rng) {
            let last = self.bins.edges[column].len();
            let mut counted = [Bin::default(); BINS];
            for (&customer, pseudo) in customers.iter().zip(&self.pseudo) {
                let customer = customer as usize;
                let bin = &mut counted[self.bins.bin(column, customer)];
                bin.sums.customers += 1.0;
                bin.sums.treated += f64::from(self.campaign.treated[customer]);
                bin.pseudo += pseudo;
            }
            let (mut left, mut left_pseudo) = (Sums::default(), 0.0);
            for (bin, counted) in counted[..last].iter().enumerate() {
                left.customers += counted.sums.customers;
                left.treated += counted.sums.treated;
                left_pseudo += counted.pseudo;
                let right = Sums {
                    customers: total.customers - left.customers,
                    treated: total.treated - left.treated,
                    ..Sums::default()
                };
                let small = |side: &Sums| side.customers < least || side.least(self.growth.target) < leaf;
                if small(&left) || small(&right) {
                    continue;
                }
                let right_pseudo = whole - left_pseudo;
                let score = left_pseudo * left_pseudo / left.customers + right_pseudo * right_pseudo / right.customers;
                if score > best_score {
                    (best, best_score) = (Some((column, bin)), score);
                }
            }
        }
        best
    }

    fn sums(&self, customers: &[u32]) -> Sums {
        let mut sums = Sums::default();
        for &customer in customers {
            sums.add(self.outcomes[customer as usize], self.campaign.treated[customer as usize]);
        }
        sums
    }

    /// What each customer says about the target: for the effect, how it would move with their weight.
    fn label(&mut self, customers: &[u32], total: &Sums) {
        let means = total.means();
        let spread = means.treated * (1.0 - means.treated);
        let effect = (means.outcome_treated - means.treated * means.outcome) / spread;
        self.pseudo.clear();
        self.pseudo.extend(customers.iter().map(|&customer| {
            let outcome = self.outcomes[customer as usize] - means.outcome;
            match self.growth.target {
                Target::Outcome => outcome,
                Target::Effect => {
                    let treated = f64::from(self.campaign.treated[customer as usize]) - means.treated;
                    treated * (outcome - treated * effect)
                }
            }
        }));
    }
}

/// So many columns at random.
fn chosen(columns: usize, tried: usize, rng: &mut impl Rng) -> Vec<usize> {
    let mut all = (0..columns).collect::<Vec<_>>();
    let tried = tried.clamp(1, columns);
    for at in 0..tried {
        all.swap(at, rng.random_range(at..columns));
    }
    all.truncate(tried);
    all
}
