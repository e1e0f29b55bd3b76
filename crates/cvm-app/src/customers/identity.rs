//! Who is the same person: rules without a database, over those identifiers and customers that a batch of messages touches.
//!
//! Each user id, and each anonymous id seen without one, is a *customer* with facts of its own. Customers that showed the
//! same identifier are one *person*, known by the id of the oldest of them. Facts never move from customer to customer,
//! so whatever joined people can be taken back. The rules are those of the field (Segment's merge protection, RudderStack's
//! cardinality rules, Treasure Data's oldest profile):
//!
//! | rule | what it does |
//! |---|---|
//! | join | customers that showed the same identifier are one person; the oldest gives the id |
//! | whose message | of the user id; without one, of who last logged in with the anonymous id; else of the anonymous id itself |
//! | shared browser | an anonymous id or a device never joins two users: it stays with the first for what was before, and goes to the second for what comes after |
//! | priority | of the identifiers of one message the surest join first; one that may not join is kept as shown, and joins nobody |
//! | too many users | an identifier shown by more than `users_max` user ids, or `customers_max` customers, is blocked: it joins nobody, and those whom it alone had joined are parted |
//! | size | nobody is made of more than `person_max` customers, or shows more than that many identifiers a customer |
//! | apart | two who were parted by hand are never joined again but by hand |
//! | alias | joins like any identifier, a user id to a user id also |
//!
//! Order of arrival does not matter but where a rule says first, last or more than.

use super::identifiers::{Identifiers, Kind};
use std::collections::{HashMap, HashSet};

/// Limits against joining what does not belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// User ids that may show the same e-mail address, phone number, card, device or anonymous id.
    pub users_max: usize,
    /// Customers that may, of those with user ids and without.
    pub customers_max: usize,
    /// Customers that one person may be made of, and identifiers that one customer may show.
    pub person_max: usize,
}

/// A place in [`Graph::customers`].
pub type Index = usize;

/// A user id or anonymous id and what is known by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// A UUID.
    pub id: String,
    /// Its user id or anonymous id, as `kind:value`.
    pub known_by: String,
    /// Microseconds of Unix time, different for each of a server.
    pub created_at: i64,
    /// The oldest customer of the same person.
    pub survivor: Index,
    /// How many identifiers it has shown.
    pub identifiers: usize,
    /// Different from the database.
    pub is_changed: bool,
}

impl Customer {
    fn is_user(&self) -> bool {
        self.known_by.starts_with("user_id:")
    }
}

/// That a customer showed an identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Who.
    pub customer: Index,
    /// When first, by arrival.
    pub linked_at: i64,
    /// When it last became theirs, by when it happened.
    pub since: i64,
    /// Since when it counts as shown but joins nobody.
    pub refused_at: Option<i64>,
    /// The source that told.
    pub source: String,
    /// Different from the database.
    pub is_changed: bool,
}

/// An identifier and who has shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identifier {
    /// As `kind:value`.
    pub name: String,
    /// Its kind.
    pub kind: Kind,
    /// Who has shown it.
    pub links: Vec<Link>,
    /// Why it identifies nobody.
    pub blocked: Option<String>,
    /// Whether all who have shown it are known, so that the database need not be asked.
    pub is_complete: bool,
}

/// That two became one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    /// The older one.
    pub survivor: Index,
    /// The other.
    pub merged: Index,
    /// What they share.
    pub identifier: String,
    /// The message that showed it.
    pub message_id: Option<String>,
    /// When.
    pub at: i64,
}

/// The circumstances of what is shown.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// When it happened.
    pub time: i64,
    /// When it arrived.
    pub received_at: i64,
    /// Who told.
    pub source: &'a str,
    /// In which message.
    pub message_id: Option<&'a str>,
}

/// Customers and identifiers, as far as they are loaded: with a customer, all of the same person must be.
#[derive(Debug)]
pub struct Graph {
    limits: Limits,
    customers: Vec<Customer>,
    by_id: HashMap<String, Index>,
    /// All of the same person, at the place of the survivor.
    members: Vec<Vec<Index>>,
    identifiers: Vec<Identifier>,
    by_name: HashMap<String, usize>,
    apart: HashSet<(Index, Index)>,
    last_created: i64,
    /// Who became one, in order.
    pub merges: Vec<Merge>,
    /// Places of identifiers blocked since this was made.
    pub new_blocks: Vec<usize>,
}

impl Graph {
    /// Knows nobody.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            customers: Vec::new(),
            by_id: HashMap::new(),
            members: Vec::new(),
            identifiers: Vec::new(),
            by_name: HashMap::new(),
            apart: HashSet::new(),
            last_created: 0,
            merges: Vec::new(),
            new_blocks: Vec::new(),
        }
    }

    /// Adds somebody known. Call [`Self::join_loaded`] when all are there.
    pub fn load_customer(&mut self, id: String, known_by: String, created_at: i64, identifiers: usize) -> Index {
        let index = self.customers.len();
        self.by_id.insert(id.clone(), index);
        self.last_created = self.last_created.max(created_at);
        let is_changed = false;
        self.customers.push(Customer { id, known_by, created_at, survivor: index, identifiers, is_changed });
        self.members.push(vec![index]);
        index
    }

    /// Tells whose survivor who is, as the database says.
    pub fn join_loaded(&mut self, customer: Index, survivor: Index) {
        if customer != survivor {
            self.members[customer].clear();
            self.members[survivor].push(customer);
            self.customers[customer].survivor = survivor;
        }
    }

    /// Adds a link known, unless it is there.
    pub fn load_link(&mut self, identifier: &str, link: Link) {
        let identifier = self.intern(identifier);
        let links = &mut self.identifiers[identifier].links;
        if links.iter().all(|known| known.customer != link.customer) {
            links.push(link);
        }
    }

    /// Tells that an identifier identifies nobody.
    pub fn load_block(&mut self, identifier: &str, reason: String) {
        let identifier = self.intern(identifier);
        self.identifiers[identifier].blocked = Some(reason);
    }

    /// Tells that two are not to be joined.
    pub fn load_apart(&mut self, a: Index, b: Index) {
        self.apart.insert((a.min(b), a.max(b)));
    }

    /// All customers.
    pub fn customers(&self) -> &[Customer] {
        &self.customers
    }

    /// All identifiers.
    pub fn identifiers(&self) -> &[Identifier] {
        &self.identifiers
    }

    /// An identifier, if it was heard of.
    pub fn identifier(&self, name: &str) -> Option<&Identifier> {
        self.by_name.get(name).map(|&place| &self.identifiers[place])
    }

    /// Tells that all who have shown an identifier are loaded.
    pub fn complete(&mut self, name: &str) {
        if let Some(&place) = self.by_name.get(name) {
            self.identifiers[place].is_complete = true;
        }
    }

    /// Tells that everything is in the database as it is here.
    pub fn saved(&mut self) {
        for customer in &mut self.customers {
            customer.is_changed = false;
        }
        for identifier in &mut self.identifiers {
            for link in &mut identifier.links {
                // Who showed something new was asked for with all who had shown it.
                identifier.is_complete |= link.is_changed;
                link.is_changed = false;
            }
        }
        self.merges.clear();
        self.new_blocks.clear();
    }

    /// The customer of an id.
    pub fn customer(&self, id: &str) -> Option<Index> {
        self.by_id.get(id).copied()
    }

    /// All customers of the same person.
    pub fn person(&self, customer: Index) -> &[Index] {
        &self.members[self.customers[customer].survivor]
    }

    /// Whose message it is that shows these identifiers; customers that it makes one are joined. `None` if it is nobody's.
    ///
    /// Where it blocks an identifier, [`Self::take_to_part`] must be asked before the next message.
    pub fn resolve(
        &mut self,
        shown: &Identifiers,
        at: &Circumstances<'_>,
        new_id: &mut dyn FnMut() -> String,
    ) -> Option<Index> {
        let customer = match (&shown.user_id, &shown.anonymous_id) {
            (Some(user_id), _) => {
                let identifier = self.intern(user_id);
                self.owner(identifier).unwrap_or_else(|| self.create(identifier, at, new_id()))
            }
            (None, Some(anonymous_id)) => {
                let identifier = self.intern(anonymous_id);
                self.holder(identifier, at.time).unwrap_or_else(|| self.create(identifier, at, new_id()))
            }
            (None, None) => return None,
        };
        // The order is that of priority: alias, card, address and number, then what people share.
        if let Some([as_user, _]) = &shown.previous {
            self.show(as_user, customer, at);
        }
        for identifier in &shown.others {
            self.show(identifier, customer, at);
        }
        let aliased = shown.previous.as_ref().map(|[_, as_anonymous]| as_anonymous);
        for identifier in shown.anonymous_id.iter().chain(aliased) {
            self.show(identifier, customer, at);
        }
        Some(customer)
    }

    /// Joins two by hand, whatever was decided before.
    pub fn merge(&mut self, a: Index, b: Index, identifier: &str, at: &Circumstances<'_>) {
        let (a, b) = (self.customers[a].survivor, self.customers[b].survivor);
        let of = |graph: &Self, root: Index| graph.members[root].iter().copied().collect::<HashSet<_>>();
        let (in_a, in_b) = (of(self, a), of(self, b));
        let across =
            |&(x, y): &(Index, Index)| in_a.contains(&x) && in_b.contains(&y) || in_b.contains(&x) && in_a.contains(&y);
        self.apart.retain(|pair| !across(pair));
        self.show(identifier, a, at);
        self.show(identifier, b, at);
    }

    /// Parts two for good, and says who they were one with. All links of that person must be loaded.
    pub fn part(&mut self, a: Index, b: Index, at: i64) {
        self.load_apart(a, b);
        self.fold(self.customers[a].survivor, at);
    }

    /// Identifiers that were blocked and joined people until now; those are to be folded again.
    pub fn take_to_part(&mut self, blocked_before: usize) -> Vec<Index> {
        let blocks = &self.new_blocks[blocked_before..];
        let mut people: Vec<Index> = blocks
            .iter()
            .flat_map(|&block| &self.identifiers[block].links)
            .filter(|link| link.refused_at.is_none())
            .map(|link| self.customers[link.customer].survivor)
            .filter(|&survivor| self.members[survivor].len() > 1)
            .collect();
        people.sort_unstable();
        people.dedup();
        people
    }

    /// Makes a person anew from the links of its customers, in the order in which they came. All of them must be loaded.
    pub fn fold(&mut self, survivor: Index, at: i64) {
        let members = std::mem::take(&mut self.members[survivor]);
        let inside: HashSet<Index> = members.iter().copied().collect();
        let before: Vec<(Index, Index)> =
            members.iter().map(|&member| (member, self.customers[member].survivor)).collect();
        for &member in &members {
            self.members[member] = vec![member];
            self.customers[member].survivor = member;
        }
        let mut links: Vec<(i64, Kind, usize, Index)> = Vec::new();
        for (place, identifier) in self.identifiers.iter().enumerate().filter(|(_, found)| found.blocked.is_none()) {
            let of_these =
                identifier.links.iter().filter(|link| link.refused_at.is_none() && inside.contains(&link.customer));
            links.extend(of_these.map(|link| (link.linked_at, identifier.kind, place, link.customer)));
        }
        links.sort_by(|a, b| {
            (a.0, a.1, &self.identifiers[a.2].name, a.3).cmp(&(b.0, b.1, &self.identifiers[b.2].name, b.3))
        });
        let mut first: HashMap<usize, Index> = HashMap::new();
        for (_, kind, place, customer) in links {
            let other = *first.entry(place).or_insert(customer);
            if !self.may_join(other, customer, kind) {
                let mut links = self.identifiers[place].links.iter_mut();
                if let Some(link) = links.find(|link| link.customer == customer) {
                    (link.refused_at, link.is_changed) = (Some(at), true);
                }
                continue;
            }
            self.unite(other, customer);
        }
        for (member, survivor) in before {
            if self.customers[member].survivor != survivor {
                self.customers[member].is_changed = true;
                self.customers[survivor].is_changed = true; // they are fewer now
            }
        }
    }

    fn intern(&mut self, name: &str) -> usize {
        if let Some(&place) = self.by_name.get(name) {
            return place;
        }
        let place = self.identifiers.len();
        let kind = Kind::of(name).unwrap_or(Kind::Device);
        self.identifiers.push(Identifier {
            name: name.to_owned(),
            kind,
            links: Vec::new(),
            blocked: None,
            is_complete: false,
        });
        self.by_name.insert(name.to_owned(), place);
        place
    }

    /// Whose user id it is: of the customer known by it, else of who took it by an alias.
    fn owner(&self, identifier: usize) -> Option<Index> {
        let Identifier { name, links, .. } = &self.identifiers[identifier];
        let known_by = |link: &&Link| self.customers[link.customer].known_by == *name;
        let own = links.iter().find(known_by);
        own.or_else(|| links.iter().filter(|link| link.refused_at.is_none()).min_by_key(|link| link.linked_at))
            .map(|link| link.customer)
    }

    /// Whose anonymous id it was at a time.
    fn holder(&self, identifier: usize, time: i64) -> Option<Index> {
        let Identifier { name, links, blocked, .. } = &self.identifiers[identifier];
        let own = links.iter().find(|link| self.customers[link.customer].known_by == *name);
        if blocked.is_some() {
            return own.map(|link| link.customer);
        }
        let of_users = || links.iter().filter(|link| self.customers[link.customer].known_by != *name);
        let latest = of_users().filter(|link| link.since <= time).max_by_key(|link| (link.since, link.linked_at));
        let earliest = || of_users().min_by_key(|link| (link.since, link.linked_at));
        latest.or(own).or_else(earliest).map(|link| link.customer)
    }

    fn create(&mut self, identifier: usize, at: &Circumstances<'_>, id: String) -> Index {
        // Each is a moment younger than the one before, so that there is an oldest of any two.
        let created_at = at.received_at.max(self.last_created + 1);
        let known_by = self.identifiers[identifier].name.clone();
        let customer = self.load_customer(id, known_by, created_at, 0);
        self.customers[customer].is_changed = true;
        self.link(identifier, customer, at);
        customer
    }

    /// A customer shows an identifier.
    fn show(&mut self, name: &str, customer: Index, at: &Circumstances<'_>) {
        let place = self.intern(name);
        let identifier = &mut self.identifiers[place];
        if identifier.blocked.is_some() {
            return;
        }
        if let Some(shown) = identifier.links.iter().position(|link| link.customer == customer) {
            let latest = identifier.links.iter().map(|link| link.since).max().unwrap_or(i64::MIN);
            let shared_with_another = identifier.links.len() > 1 && identifier.kind == Kind::AnonymousId;
            let link = &mut identifier.links[shown];
            let theirs = self.customers[customer].known_by == identifier.name || link.since >= latest;
            if shared_with_another && !theirs && at.time >= latest {
                (link.since, link.is_changed) = (at.time, true); // somebody logs in again where another was
            }
        } else if self.customers[customer].identifiers < self.limits.person_max {
            self.link(place, customer, at);
        }
    }

    fn link(&mut self, place: usize, customer: Index, at: &Circumstances<'_>) {
        let identifier = &self.identifiers[place];
        let other = identifier.links.iter().find(|link| link.refused_at.is_none()).map(|link| link.customer);
        let kind = identifier.kind;
        let is_blocked = identifier.blocked.is_some();
        let joins = is_blocked || other.is_none_or(|other| self.may_join(other, customer, kind));
        if joins
            && !is_blocked
            && let Some(other) = other
        {
            let (a, b) = (self.customers[other].survivor, self.customers[customer].survivor);
            if a != b {
                let survivor = self.unite(a, b);
                let merged = if survivor == a { b } else { a };
                self.merges.push(Merge {
                    survivor,
                    merged,
                    identifier: self.identifiers[place].name.clone(),
                    message_id: at.message_id.map(str::to_owned),
                    at: at.received_at,
                });
            }
        }
        let refused_at = (!joins).then_some(at.received_at);
        let (linked_at, since, source) = (at.received_at, at.time, at.source.to_owned());
        self.identifiers[place].links.push(Link { customer, linked_at, since, refused_at, source, is_changed: true });
        self.customers[customer].identifiers += 1;
        self.customers[customer].is_changed = true;
        self.block_if_shared_by_too_many(place);
    }

    fn block_if_shared_by_too_many(&mut self, place: usize) {
        let identifier = &self.identifiers[place];
        if identifier.kind.is_unlimited() || identifier.blocked.is_some() {
            return;
        }
        let users = identifier.links.iter().filter(|link| self.customers[link.customer].is_user()).count();
        let Limits { users_max, customers_max, .. } = self.limits;
        let reason = if users > users_max {
            format!("shown by more than {users_max} user ids")
        } else if identifier.links.len() > customers_max {
            format!("shown by more than {customers_max} customers")
        } else {
            return;
        };
        self.identifiers[place].blocked = Some(reason);
        self.new_blocks.push(place);
    }

    fn may_join(&self, a: Index, b: Index, kind: Kind) -> bool {
        let (a, b) = (self.customers[a].survivor, self.customers[b].survivor);
        if a == b {
            return true;
        }
        let (of_a, of_b) = (&self.members[a], &self.members[b]);
        let has_user = |members: &[Index]| members.iter().any(|&member| self.customers[member].is_user());
        let apart = || {
            let pair = |&x: &Index, &y: &Index| self.apart.contains(&(x.min(y), x.max(y)));
            !self.apart.is_empty() && of_a.iter().any(|x| of_b.iter().any(|y| pair(x, y)))
        };
        of_a.len() + of_b.len() <= self.limits.person_max
            && !(kind.is_shared() && has_user(of_a) && has_user(of_b))
            && !apart()
    }

    /// Makes two people one, and says who survives.
    fn unite(&mut self, a: Index, b: Index) -> Index {
        let (a, b) = (self.customers[a].survivor, self.customers[b].survivor);
        if a == b {
            return a;
        }
        let age = |index: Index| (self.customers[index].created_at, &self.customers[index].id);
        let (survivor, merged) = if age(a) <= age(b) { (a, b) } else { (b, a) };
        for member in std::mem::take(&mut self.members[merged]) {
            self.customers[member].survivor = survivor;
            self.customers[member].is_changed = true;
            self.members[survivor].push(member);
        }
        survivor
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const LIMITS: Limits = Limits { users_max: 3, customers_max: 8, person_max: 1000 };

    /// A message: user, anonymous id, others.
    type Shown = (Option<u8>, Option<u8>, Vec<String>);

    struct World {
        graph: Graph,
        time: i64,
    }

    impl World {
        fn new() -> Self {
            Self { graph: Graph::new(LIMITS), time: 1000 }
        }

        fn tell(&mut self, (user, anonymous, others): &Shown) -> Option<Index> {
            self.time += 1;
            let shown = Identifiers {
                user_id: user.map(|user| format!("user_id:{user}")),
                anonymous_id: anonymous.map(|anonymous| format!("anonymous_id:{anonymous}")),
                others: others.clone(),
                previous: None,
            };
            self.resolve(&shown)
        }

        fn resolve(&mut self, shown: &Identifiers) -> Option<Index> {
            let at = Circumstances { time: self.time, received_at: self.time, source: "s", message_id: None };
            let blocked = self.graph.new_blocks.len();
            let count = self.graph.customers.len();
            let customer = self.graph.resolve(shown, &at, &mut || format!("c{count}"));
            for person in self.graph.take_to_part(blocked) {
                self.graph.fold(person, self.time);
            }
            self.check();
            customer
        }

        /// What must hold at any time.
        fn check(&self) {
            let graph = &self.graph;
            for (index, customer) in graph.customers.iter().enumerate() {
                let survivor = &graph.customers[customer.survivor];
                assert_eq!(survivor.survivor, customer.survivor, "who survives is their own survivor");
                assert!(graph.members[customer.survivor].contains(&index));
                assert!(survivor.created_at <= customer.created_at, "the oldest survives");
            }
            assert_eq!(graph.members.iter().map(Vec::len).sum::<usize>(), graph.customers.len());
            for identifier in graph.identifiers.iter().filter(|identifier| identifier.blocked.is_none()) {
                let joined = identifier.links.iter().filter(|link| link.refused_at.is_none());
                let people: BTreeSet<Index> = joined.map(|link| graph.customers[link.customer].survivor).collect();
                assert!(people.len() <= 1, "{} joins", identifier.name);
            }
        }

        /// Sets of what customers are known by, one a person.
        fn people(&self) -> BTreeSet<BTreeSet<String>> {
            let people = self.graph.members.iter().filter(|members| !members.is_empty());
            let known_by = |&index: &Index| self.graph.customers[index].known_by.clone();
            people.map(|members| members.iter().map(known_by).collect()).collect()
        }

        fn id(&self, known_by: &str) -> &str {
            let customer = self.graph.customers.iter().find(|customer| customer.known_by == known_by).unwrap();
            &self.graph.customers[customer.survivor].id
        }
    }

    fn shown(user: Option<u8>, anonymous: Option<u8>, others: &[&str]) -> Shown {
        (user, anonymous, others.iter().map(|&other| other.to_owned()).collect())
    }

    #[test]
    fn a_visitor_who_logs_in_keeps_their_past() {
        let mut world = World::new();
        let before = world.tell(&shown(None, Some(1), &[])).unwrap();
        let login = world.tell(&shown(Some(1), Some(1), &[])).unwrap();
        let after = world.tell(&shown(None, Some(1), &[])).unwrap();
        assert_eq!(world.people().len(), 1);
        assert_eq!(world.id("user_id:1"), "c0", "the older survives");
        assert_ne!(before, login);
        assert_eq!(login, after);
    }

    #[test]
    fn the_second_user_of_a_browser_is_another_person() {
        let mut world = World::new();
        world.tell(&shown(None, Some(1), &[]));
        let first = world.tell(&shown(Some(1), Some(1), &["device:d"])).unwrap();
        let second = world.tell(&shown(Some(2), Some(1), &["device:d"])).unwrap();
        assert_eq!(world.people().len(), 2);
        assert_eq!(world.tell(&shown(None, Some(1), &["device:d"])), Some(second), "what comes after is the second's");
        world.tell(&shown(Some(1), Some(1), &[]));
        assert_eq!(world.tell(&shown(None, Some(1), &[])), Some(first), "until the first is back");
        assert_eq!(world.people().len(), 2);
        assert_eq!(world.id("anonymous_id:1"), world.id("user_id:1"), "what was before stays with the first");
    }

    #[test]
    fn one_known_under_three_identifiers_is_one() {
        let mut world = World::new();
        world.tell(&shown(Some(1), None, &["email:a@b.pl"]));
        world.tell(&shown(None, Some(7), &["loyalty_card:77"]));
        world.tell(&shown(Some(2), None, &["email:a@b.pl", "phone:+48"]));
        assert_eq!(world.people().len(), 2);
        world.tell(&shown(None, Some(8), &["loyalty_card:77", "phone:+48"]));
        assert_eq!(world.people().len(), 1);
        assert_eq!(world.graph.merges.len(), 3);
    }

    #[test]
    fn an_alias_joins_whichever_comes_first() {
        let alias = Identifiers {
            user_id: Some("user_id:new".to_owned()),
            previous: Some(["user_id:old".to_owned(), "anonymous_id:old".to_owned()]),
            ..Identifiers::default()
        };
        let of = |id: &str| Identifiers { user_id: Some(id.to_owned()), ..Identifiers::default() };
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let mut world = World::new();
            let calls = [alias.clone(), of("user_id:old"), of("user_id:new")];
            let customers: Vec<Index> = order.map(|call| world.resolve(&calls[call]).unwrap()).to_vec();
            let people: BTreeSet<Index> =
                customers.iter().map(|&index| world.graph.customers[index].survivor).collect();
            assert_eq!(people.len(), 1, "{order:?}");
        }
    }

    #[test]
    fn a_shared_address_does_not_join_the_base() {
        let mut world = World::new();
        world.tell(&shown(Some(0), None, &["phone:+1"]));
        world.tell(&shown(Some(1), None, &["phone:+1"]));
        for user in 0..10 {
            world.tell(&shown(Some(user), None, &["email:guest@shop.com"]));
        }
        assert_eq!(world.people().len(), 9, "all parted, but those whom something else joins");
        assert_eq!(world.id("user_id:0"), world.id("user_id:1"));
        let blocked = world.graph.identifiers.iter().find(|identifier| identifier.blocked.is_some()).unwrap();
        assert_eq!(blocked.blocked.as_deref(), Some("shown by more than 3 user ids"));
        assert!(blocked.links.len() <= 4, "no more is kept of it");
        let mut world = World::new();
        for visitor in 0..20 {
            world.tell(&shown(None, Some(visitor), &["email:guest@shop.com"]));
        }
        assert_eq!(world.people().len(), 20, "guests without user ids also");
    }

    #[test]
    fn parted_stays_parted_until_merged_by_hand() {
        let mut world = World::new();
        for user in [1, 2] {
            world.tell(&shown(None, Some(user), &[]));
            world.tell(&shown(Some(user), Some(user), &[]));
        }
        let before = world.people();
        world.tell(&shown(Some(1), None, &["email:a@b.pl"]));
        world.tell(&shown(Some(2), None, &["email:a@b.pl"]));
        assert_eq!(world.people().len(), 1);
        let merge = world.graph.merges.last().unwrap().clone();
        world.graph.part(merge.survivor, merge.merged, world.time);
        world.check();
        assert_eq!(world.people(), before);
        world.tell(&shown(Some(2), Some(2), &["email:a@b.pl", "phone:+1"]));
        world.tell(&shown(Some(1), Some(1), &["email:a@b.pl", "phone:+1"]));
        assert_eq!(world.people(), before, "no message joins them again");
        let at = Circumstances { time: 1, received_at: 5000, source: "api", message_id: None };
        world.graph.merge(merge.merged, merge.survivor, "merge:1", &at);
        world.check();
        assert_eq!(world.people().len(), 1);
    }

    /// Messages over few identifiers: of users, with or without their browser; of that browser before and after they log
    /// in; and of guests, who never log in but show who they are.
    fn messages() -> impl Strategy<Value = Vec<Shown>> {
        let shown = (prop::option::of(0_u8..6), prop::option::of(0_u8..5));
        let message = (0_u8..8, 0_u8..4, shown).prop_map(|(user, who, (email, phone))| {
            let others = email.map(|email| format!("email:{email}@b.pl")).into_iter();
            let others: Vec<String> = others.chain(phone.map(|phone| format!("phone:+{phone}"))).collect();
            match who {
                0 => (Some(user), None, others),
                1 => (Some(user), Some(user), others),
                2 => (None, Some(user), Vec::new()),
                _ => (None, Some(100 + user), others),
            }
        });
        prop::collection::vec(message, 1..40)
    }

    proptest! {
        #[test]
        fn people_do_not_depend_on_the_order_of_messages(
            (messages, shuffled) in messages().prop_flat_map(|messages| (Just(messages.clone()), Just(messages).prop_shuffle()))
        ) {
            let people = |messages: &[Shown]| {
                let mut world = World::new();
                let told: Vec<Option<Index>> = messages.iter().map(|message| world.tell(message)).collect();
                let mut of_message: HashMap<&Shown, BTreeSet<Index>> = HashMap::new();
                for (message, customer) in messages.iter().zip(told) {
                    let survivor = customer.map(|customer| world.graph.customers[customer].survivor);
                    of_message.entry(message).or_default().extend(survivor);
                }
                // Whose messages are whose, by what they show.
                let mut people: HashMap<Index, BTreeSet<Shown>> = HashMap::new();
                for (message, survivors) in of_message {
                    for survivor in survivors {
                        people.entry(survivor).or_default().insert(message.clone());
                    }
                }
                people.into_values().collect::<BTreeSet<_>>()
            };
            prop_assert_eq!(people(&messages), people(&shuffled));
        }

        #[test]
        fn no_message_is_lost_and_all_of_a_user_are_one_persons(messages in messages()) {
            let mut world = World::new();
            let mut users: HashMap<u8, BTreeSet<Index>> = HashMap::new();
            for message in &messages {
                let customer = world.tell(message);
                prop_assert_eq!(customer.is_some(), message.0.is_some() || message.1.is_some());
                if let (Some(user), Some(customer)) = (message.0, customer) {
                    users.entry(user).or_default().insert(customer);
                }
            }
            prop_assert!(users.values().all(|customers| customers.len() == 1));
        }

        #[test]
        fn parting_restores_who_they_were(messages in messages(), more in messages()) {
            let mut world = World::new();
            for message in &messages {
                world.tell(message);
            }
            // The first join by an address or number, and the people just before it.
            let mut replay = World::new();
            let mut joined = None;
            for message in &messages {
                let (before, known, blocks) = (replay.people(), replay.graph.customers.len(), replay.graph.new_blocks.len());
                let merges = replay.graph.merges.len();
                replay.tell(message);
                if replay.graph.merges.len() == merges + 1
                    && replay.graph.customers.len() == known
                    && replay.graph.new_blocks.len() == blocks
                {
                    joined = Some((replay.graph.merges[merges].clone(), before));
                    break;
                }
            }
            let Some((merge, before)) = joined else { return Ok(()) };
            replay.graph.part(merge.survivor, merge.merged, replay.time);
            replay.check();
            prop_assert_eq!(replay.people(), before);
            for message in &more {
                replay.tell(message);
                let survivor = |index: Index| replay.graph.customers[index].survivor;
                prop_assert_ne!(survivor(merge.survivor), survivor(merge.merged));
            }
        }
    }
}
