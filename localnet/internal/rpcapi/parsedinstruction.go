package rpcapi

import (
	"github.com/gagliardetto/solana-go"
	"github.com/mr-tron/base58"

	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// uiParsedInstruction is an instruction of a program that Agave has a parser for.
type uiParsedInstruction struct {
	Program     string           `json:"program"` // such as "system"
	ProgramID   solana.PublicKey `json:"programId"`
	Parsed      uiParsedByType   `json:"parsed"`
	StackHeight int              `json:"stackHeight"`
}

// uiPartlyDecoded is an instruction of any other program, or one that its
// program's parser does not know.
type uiPartlyDecoded struct {
	ProgramID   solana.PublicKey   `json:"programId"`
	Accounts    []solana.PublicKey `json:"accounts"`
	Data        string             `json:"data"`
	StackHeight int                `json:"stackHeight"`
}

// showParsedInstruction returns an instruction as Agave's jsonParsed has it
// (anza-xyz/agave, transaction-status/src/parse_instruction.rs).
func showParsedInstruction(ix svm.InnerInstruction, keys []solana.PublicKey) any {
	program := keyAt(keys, ix.ProgramIDIndex)
	accounts := make([]solana.PublicKey, len(ix.Accounts))
	for i, index := range ix.Accounts {
		accounts[i] = keyAt(keys, index)
	}
	if name, parsed, ok := parseInstruction(program, accounts, ix.Data); ok {
		return uiParsedInstruction{name, program, parsed, int(ix.StackHeight)}
	}
	return uiPartlyDecoded{program, accounts, base58.Encode(ix.Data), int(ix.StackHeight)}
}

// parseInstruction returns the name of the program and what the instruction
// says; false if it is unknown or malformed.
func parseInstruction(program solana.PublicKey, accounts []solana.PublicKey, data []byte) (string, uiParsedByType, bool) {
	name, layout, rest := "", (*instructionLayout)(nil), data
	switch program {
	case solana.SystemProgramID:
		name = "system"
		layout, rest = systemLayout(data)
	case solana.TokenProgramID, solana.Token2022ProgramID:
		name = "spl-token"
		layout, rest = tokenLayout(data)
	case solana.AddressLookupTableProgramID:
		name = "address-lookup-table"
		layout, rest = tableLayout(data, len(accounts))
	case solana.SPLAssociatedTokenAccountProgramID:
		name = "spl-associated-token-account"
		layout = associatedLayout(data)
	}
	if layout == nil {
		return "", uiParsedByType{}, false
	}
	info, ok := layout.parse(accounts, rest)
	return name, uiParsedByType{layout.kind, info}, ok
}

// showParsedInner returns inner instructions as jsonParsed has them.
func showParsedInner(inner []svm.InnerInstructions, keys []solana.PublicKey) []uiInner {
	shown := make([]uiInner, len(inner))
	for i, group := range inner {
		shown[i] = uiInner{group.Index, make([]any, len(group.Instructions))}
		for j, ix := range group.Instructions {
			shown[i].Instructions[j] = showParsedInstruction(ix, keys)
		}
	}
	return shown
}
