package chain

import "github.com/gagliardetto/solana-go"

// FailedProgram says which program a transaction failed in.
func FailedProgram(logs []string) (solana.PublicKey, bool) { return failedProgram(logs) }

// ParseNotification reads what a websocket reports of an account.
func ParseNotification(raw []byte, program solana.PublicKey) (*Account, bool) {
	return parseNotification(raw, Query{Program: program})
}

// DerivedForTest puts n addresses into a cache, and returns how many it holds.
func DerivedForTest(n int, name func(i int) string) int {
	var c addressCache
	for i := range n {
		c.get(name(i), func() solana.PublicKey { return solana.PublicKey{byte(i)} })
		c.get(name(0), func() solana.PublicKey { return solana.PublicKey{} })
	}
	return len(c.young) + len(c.old)
}
