package chain

import "github.com/gagliardetto/solana-go"

// ParseNotification reads what a websocket reports of an account.
func ParseNotification(raw []byte, program solana.PublicKey) (*Account, bool) {
	return parseNotification(raw, Query{Program: program})
}
