package chain

import "github.com/gagliardetto/solana-go"

// DeriveAddress is the address that a program derives from seeds (a PDA), with
// the canonical bump, the highest that works. Nobody has a key of it: only the
// program acts for it.
//
// Seeds have 32 bytes at most and number 15 at most; otherwise, or in the case,
// as likely as guessing a private key, that no bump works, it is the zero key,
// which no program accepts in place of its account.
func DeriveAddress(program solana.PublicKey, seeds ...[]byte) solana.PublicKey {
	key, _, err := solana.FindProgramAddress(seeds, program)
	if err != nil {
		return solana.PublicKey{}
	}
	return key
}

// ProgramDataAddress is where the upgradeable loader keeps a program's code and
// its upgrade authority.
func ProgramDataAddress(program solana.PublicKey) solana.PublicKey {
	return DeriveAddress(solana.BPFLoaderUpgradeableProgramID, program[:])
}
