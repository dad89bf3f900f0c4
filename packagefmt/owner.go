package packagefmt

import (
	"fmt"
	"io/fs"
)

// maxOwnerKey bounds a key in base58, in bytes: those of Solana have up to 44.
const maxOwnerKey = 64

// Owner says whose submission to which round a gradient package is. The name is part of
// what the CID binds: who submits another's package, which is public, submits one that
// names another.
type Owner struct {
	Program string // address of the round program, base58
	Round   uint64 // number of the round
	Trainer string // address of the trainer's wallet, base58
}

// String names the owner in errors.
func (o Owner) String() string {
	return fmt.Sprintf("trainer %.64s in round %d of program %.64s", o.Trainer, o.Round, o.Program)
}

// check checks what is written; nil names nobody.
func (o *Owner) check() error {
	if o == nil {
		return nil
	}
	for _, key := range []string{o.Program, o.Trainer} {
		if key == "" || len(key) > maxOwnerKey {
			return fmt.Errorf("%w: an owner needs its program and its trainer, in base58", ErrInvalid)
		}
	}
	return nil
}

// GradientOption is an option of [WriteGradient] and [GradientFS].
type GradientOption func(*Config)

// OwnedBy has a gradient package say whose it is. Sealed rounds demand it; in others it
// keeps whoever submits the same package from being paid for it.
func OwnedBy(o Owner) GradientOption { return func(c *Config) { c.Owner = &o } }

// ReadOwnedGradient is [ReadGradient] of what owner has submitted: a package that names
// another owner is [ErrInvalid] too. So is one that names none where named is set, as it is
// in sealed rounds.
func ReadOwnedGradient(fsys fs.FS, base *Package, owner Owner, named bool) (Network, error) {
	head, written, err := readGradient(fsys, base)
	if err != nil {
		return head, err
	}
	switch {
	case written == nil && named:
		return Network{}, fmt.Errorf("%s: %w: it does not say whose it is (program, round, trainer), as it must in this round", ConfigFile, ErrInvalid)
	case written != nil && *written != owner:
		return Network{}, fmt.Errorf("%s: %w: it is that of %s, and was submitted by %s", ConfigFile, ErrInvalid, written, owner)
	}
	return head, nil
}

// owner reads whose package it is: all of it is there, or nothing.
func (file configJSON) owner() (*Owner, error) {
	if file.Program == nil && file.Round == nil && file.Trainer == nil {
		return nil, nil
	}
	if file.Program == nil || file.Round == nil || file.Trainer == nil {
		return nil, fmt.Errorf(`%w: "program", "round" and "trainer" are there together or not at all`, ErrInvalid)
	}
	o := &Owner{*file.Program, *file.Round, *file.Trainer}
	return o, o.check()
}
