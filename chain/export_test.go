package chain

import "github.com/gagliardetto/solana-go"

// FailedProgram says which program a transaction failed in.
func FailedProgram(logs []string) (solana.PublicKey, bool) { return failedProgram(logs) }

// ParseNotification reads what a websocket reports of an account.
func ParseNotification(raw []byte, program solana.PublicKey) (*Account, bool) {
	return parseNotification(raw, Query{Program: program})
}
