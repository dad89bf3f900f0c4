package view

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
)

// Unit says what amounts are of. They are numbers of the smallest unit: one of the name is 10 to the Decimals of it.
type Unit struct {
	Name     string `json:"name"`
	Decimals int    `json:"decimals"`
	Mint     string `json:"mint,omitempty"` // of tokens
}

var sol = Unit{Name: "SOL", Decimals: 9}

// maxDecimals is how many an amount can show something of. A mint may have more, up to 255.
const maxDecimals = 19

// unitOf is the unit of a mint: tokens, or its base units if it cannot be said what a token is.
func unitOf(mint chain.Account) Unit {
	u := Unit{Name: "base units", Mint: mint.Address.String()}
	m, err := chain.DecodeMint(mint.Data)
	if err == nil && mint.Owner == solana.TokenProgramID && m.Decimals <= maxDecimals {
		u.Name, u.Decimals = "tokens", int(m.Decimals)
	}
	return u
}

// text is an amount with its unit, exact.
func (u Unit) text(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	if missing := u.Decimals + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	whole, part := digits[:len(digits)-u.Decimals], strings.TrimRight(digits[len(digits)-u.Decimals:], "0")
	if part != "" {
		whole += "." + part
	}
	return fmt.Sprintf("%s %s", whole, u.Name)
}
