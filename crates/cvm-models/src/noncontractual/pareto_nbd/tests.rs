use super::*;

#[test]
fn scratch_check() {
    let text = std::fs::read_to_string("/tmp/paretoref/out.txt").unwrap();
    let (first, second) = text.split_once("// new customers").unwrap();
    for line in first.lines().filter(|l| l.starts_with('(')) {
        let v: Vec<f64> =
            line.replace(['(', ')', '[', ']'], "").split(',').filter_map(|t| t.trim().parse().ok()).collect();
        let m = ParetoNbd::new(v[0], v[1], v[2], v[3]).unwrap();
        let h = History::new(v[4] as u32, v[5], v[6]).unwrap();
        let alive = m.if_alive(h.frequency, h.age);
        let found = [
            m.log_likelihood(&h),
            m.probability_alive(&h),
            alive.expected_purchases(39.0),
            alive.discounted_expected_purchases(0.0027),
        ];
        let errors: Vec<String> = found.iter().zip(&v[7..]).map(|(f, e)| format!("{:8.1e}", f / e - 1.0)).collect();
        println!("{:?} {:?} {:?}", &v[..4], &v[4..7], errors);
    }
    for line in second.lines().filter(|l| l.starts_with('(')) {
        let v: Vec<f64> =
            line.replace(['(', ')', '[', ']', '&'], "").split(',').filter_map(|t| t.trim().parse().ok()).collect();
        let m = ParetoNbd::new(v[0], v[1], v[2], v[3]).unwrap();
        let d = m.purchase_distribution(v[4], 3000);
        let mut count = 0;
        m.lifetimes_within(v[4], |_, _| count += 1);
        let errors: Vec<String> = v[5..].chunks(2).map(|p| format!("{:8.1e}", d[p[0] as usize] - p[1])).collect();
        println!("{:?} nodes {count} sum {:e} {:?}", &v[..5], d.iter().sum::<f64>() - 1.0, errors);
    }
}
