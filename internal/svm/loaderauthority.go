package svm

import (
	"fmt"

	"github.com/gagliardetto/solana-go"
)

// setAuthority sets the authority of a buffer or program. With checked the new authority must sign too; otherwise a
// missing new authority makes a program immutable.
func (f *frame) setAuthority(checked bool) *InstructionError {
	accounts := 2
	if checked {
		accounts = 3
	}
	if err := f.need(accounts); err != nil {
		return err
	}
	next, shown := f.nextAuthority(checked)
	s, err := f.loaderState(0)
	if err != nil {
		return err
	}
	rules := programRules
	switch s.tag {
	case loaderBuffer:
		rules = bufferRules
		if next == nil {
			return f.refuse("Buffer authority is not optional", ixErr("IncorrectAuthority"))
		}
	case loaderProgramData:
	default:
		return f.refuse("Account does not support authorities", errInvalidArgument)
	}
	if err := f.checkAuthority(s.authority, 1, rules); err != nil {
		return err
	}
	if checked && !f.accounts[2].signer {
		return f.refuse("New authority did not sign", errMissingRequiredSignature)
	}
	s.authority = next
	if err := f.setLoaderState(0, s); err != nil {
		return err
	}
	f.x.logs.addf("New authority %s", shown)
	return nil
}

// nextAuthority returns the authority to set, nil for none, and how the logs show it.
func (f *frame) nextAuthority(checked bool) (next *solana.PublicKey, shown string) {
	if len(f.accounts) <= 2 {
		return nil, "None"
	}
	k := f.keyOf(2)
	if checked {
		return &k, k.String()
	}
	return &k, fmt.Sprintf("Some(%s)", k)
}

// authorityRules are the log messages for a missing or wrong authority.
type authorityRules struct{ immutable, wrong, unsigned string }

var (
	bufferRules  = authorityRules{"Buffer is immutable", "Incorrect buffer authority provided", "Buffer authority did not sign"}
	programRules = authorityRules{"Program not upgradeable", "Incorrect upgrade authority provided", "Upgrade authority did not sign"}
	closeRules   = authorityRules{"Account is immutable", "Incorrect authority provided", "Authority did not sign"}
)

// checkAuthority requires the i-th account to be the authority and to sign.
func (f *frame) checkAuthority(have *solana.PublicKey, i int, r authorityRules) *InstructionError {
	if have == nil {
		return f.refuse(r.immutable, ixErr("Immutable"))
	}
	if i >= len(f.accounts) {
		return errMissingAccount
	}
	if f.keyOf(i) != *have {
		return f.refuse(r.wrong, ixErr("IncorrectAuthority"))
	}
	if !f.accounts[i].signer {
		return f.refuse(r.unsigned, errMissingRequiredSignature)
	}
	return nil
}
