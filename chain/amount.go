package chain

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// LamportsPerSOL is how many lamports one SOL is. A lamport cannot be divided.
const LamportsPerSOL = 1_000_000_000

// solDecimals is how many decimals an amount of SOL can have: the zeros of
// LamportsPerSOL.
const solDecimals = 9

// ParseSOL reads an amount of SOL, exactly, and returns it in lamports: "0.5" is
// 500,000,000. Spaces around it are ignored and an exponent is accepted, since
// JSON numbers may have one ("1e-05"); a sign is refused. The largest amount is
// 18446744073.709551615, the smallest above zero 0.000000001.
func ParseSOL(text string) (lamports uint64, err error) {
	digits, power, err := splitDecimal(strings.ToLower(strings.TrimSpace(text)))
	if err != nil {
		return 0, err
	}
	power += solDecimals
	significant := strings.TrimRight(digits, "0")
	power += len(digits) - len(significant)
	switch {
	case significant == "":
		return 0, nil
	case power < 0:
		return 0, errors.New("an amount of SOL has at most 9 decimals: 0.000000001 is one lamport")
	case len(significant)+power > len("18446744073709551615"):
		return 0, errTooMuchSOL
	}
	lamports, err = strconv.ParseUint(significant+strings.Repeat("0", power), 10, 64)
	if err != nil {
		return 0, errTooMuchSOL
	}
	return lamports, nil
}

var (
	errNoAmount   = errors.New("an amount of SOL is a decimal number that is not negative, such as 0.5")
	errTooMuchSOL = errors.New("an amount of SOL is at most 18446744073.709551615")
)

// splitDecimal splits a decimal number into its digits, without zeros in front,
// and the power of ten of the last digit.
func splitDecimal(text string) (digits string, power int, err error) {
	mantissa, exponent, hasExponent := strings.Cut(text, "e")
	if hasExponent {
		if power, err = strconv.Atoi(exponent); err != nil || max(power, -power) > 1000 {
			return "", 0, errNoAmount
		}
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits = whole + fraction
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return "", 0, errNoAmount
	}
	return strings.TrimLeft(digits, "0"), power - len(fraction), nil
}

// FormatSOL returns lamports as an amount of SOL that [ParseSOL] reads back,
// exactly and without needless zeros: 500,000,000 is "0.5".
func FormatSOL(lamports uint64) string {
	whole, rest := lamports/LamportsPerSOL, lamports%LamportsPerSOL
	if rest == 0 {
		return strconv.FormatUint(whole, 10)
	}
	return strings.TrimRight(fmt.Sprintf("%d.%09d", whole, rest), "0")
}
