use super::*;

#[test]
fn rent_of_both_forms_of_the_sysvar() {
    assert_eq!(rent(3480, 2f64.to_bits(), 0), 890_880);
    assert_eq!(rent(6960, 1f64.to_bits(), 0), 890_880);
    assert_eq!(rent(6960, 0.5f64.to_bits(), 0), 445_440);
    assert_eq!(rent(100, 1.5f64.to_bits(), 0), 25_600);
}
