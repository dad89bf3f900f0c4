package chain

import "github.com/gagliardetto/solana-go"

// DeriveAddress is the address that a program derives from seeds (a PDA), with
// the canonical bump, the highest that works. Nobody has its key: only the program
// can sign for it.
//
// There may be at most 15 seeds of at most 32 bytes; with others, or if no bump
// works, which is as unlikely as guessing a private key, it is the zero key, which
// no program accepts in place of its account.
func DeriveAddress(program solana.PublicKey, seeds ...[]byte) solana.PublicKey {
	key, _, err := solana.FindProgramAddress(seeds, program)
	if err != nil {
		return solana.PublicKey{}
	}
	return key
}

// ProgramDataAddress is the address where the upgradeable loader keeps a program's
// code and its upgrade authority.
func ProgramDataAddress(program solana.PublicKey) solana.PublicKey {
	return DeriveAddress(solana.BPFLoaderUpgradeableProgramID, program[:])
}
