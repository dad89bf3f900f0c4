package round_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/program/programtest"
	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// Sizes of the program's accounts, by which the rules below tell their kinds; holds compares the discriminators.
const (
	sizeCounter, sizeRound, sizeVault, sizeGradient, sizePre, sizePost, sizeProfile, sizeStake, sizeCommitment = 256, 992, 60, 200, 55, 88, 53, 81, 130

	sizeFirstStake, sizePlainCommitment, sizeUnopened, sizeSource = 73, 129, 89, 178
)

var kindOfSize = map[int][8]byte{
	sizeCounter: programtest.Discriminator("RoundCounter"), sizeRound: programtest.Discriminator("Round"), sizeVault: programtest.Discriminator("Vault"),
	sizeGradient: programtest.Discriminator("Gradient"), sizePre: programtest.Discriminator("PreValidation"), sizePost: programtest.Discriminator("PostValidation"),
	sizeProfile: programtest.Discriminator("TrainerProfile"), sizeStake: programtest.Discriminator("ValidatorStake"), sizeCommitment: programtest.Discriminator("Commitment"),
	sizeFirstStake: programtest.Discriminator("ValidatorStake"), sizePlainCommitment: programtest.Discriminator("Commitment"),
	sizeUnopened: programtest.Discriminator("Unopened"), sizeSource: programtest.Discriminator("Source"),
}

// fixed are the bytes of each kind that nothing may change once they are written, from and to.
var fixed = map[int][][2]int{
	sizeCounter: {{0, 8}, {16, 17}}, sizeRound: {{0, 132}, {161, 200}, {234, 242}, {244, 256}}, sizeVault: {{0, 16}, {59, 60}},
	sizeGradient: {{0, 113}, {132, 142}}, sizePre: {{0, 52}, {53, 54}}, sizePost: {{0, 84}, {85, 87}}, sizeProfile: {{0, 40}, {52, 53}},
	sizeStake: {{0, 40}, {72, 73}}, sizeCommitment: {{0, 130}},
	sizeFirstStake: {{0, 40}, {72, 73}}, sizePlainCommitment: {{0, 129}}, sizeUnopened: {{0, 89}}, sizeSource: {{0, 48}, {177, 178}},
}

// rising are the numbers of each kind that never fall: offset and width.
var rising = map[int][][2]int{
	sizeCounter: {{8, 8}}, sizeVault: {{16, 8}, {24, 8}, {32, 8}, {40, 8}, {48, 8}, {56, 1}, {57, 2}}, sizeGradient: {{113, 1}, {130, 1}, {131, 1}},
	sizePre: {{52, 1}, {54, 1}}, sizePost: {{84, 1}, {87, 1}}, sizeProfile: {{42, 4}, {46, 4}, {50, 2}}, sizeRound: {{132, 1}, {133, 1}, {142, 1}, {143, 2}}, sizeStake: {{64, 8}}, sizeFirstStake: {{64, 8}},
}

func (a account) number(at, width int) (n uint64) {
	for i := width - 1; i >= 0; i-- {
		n = n<<8 | uint64(a[at+i])
	}
	return n
}

// rewritten judges what a transaction may do to one of the program's accounts that stays open.
func (a *arena) rewritten(before, after svm.Account, signed func(solana.PublicKey) bool, bond func(id uint64) uint64) error {
	pre, post := account(before.Data), account(after.Data)
	grown := len(pre) == sizeFirstStake && len(post) == sizeStake
	if len(pre) != len(post) && !grown {
		return fmt.Errorf("its size changed from %d to %d", len(pre), len(post))
	}
	for _, f := range fixed[len(pre)] {
		if !bytes.Equal(pre[f[0]:f[1]], post[f[0]:f[1]]) {
			return fmt.Errorf("bytes %d to %d of %d changed", f[0], f[1], len(pre))
		}
	}
	for _, f := range rising[len(pre)] {
		if post.number(f[0], f[1]) < pre.number(f[0], f[1]) {
			return fmt.Errorf("the number at %d of %d fell", f[0], len(pre))
		}
	}
	moved := before.Lamports - after.Lamports // modulo 2^64
	switch len(pre) {
	case sizeRound:
		if pre.u8(132) != 0 && !bytes.Equal(pre, post) {
			return errors.New("a round that was over was written")
		}
	case sizeVault:
		moved -= paidOut(post) - paidOut(pre)
		moved -= bonds(moved, bond(pre.u64(8)))
	case sizeStake, sizeFirstStake:
		moved += svm.RentExempt(len(post)) - svm.RentExempt(len(pre))
		moved -= pre.u64(40) + pre.u64(48) - post.u64(40) - post.u64(48)
	case sizeCounter:
		if !bytes.Equal(settings(pre), settings(post)) && !signed(pre.key(17)) && !signed(pre.key(49)) {
			return errors.New("the protocol was changed by somebody else")
		}
	}
	if moved != 0 {
		return fmt.Errorf("%d lamports went out of an account of %d bytes unbooked", int64(moved), len(pre))
	}
	return nil
}

// settings are what the counter says besides counts and sums.
func settings(counter account) []byte { return append(slices.Clone(counter[17:189]), counter[197:]...) }

// bonds is moved, where that is a few bonds, in or out: they are booked nowhere.
func bonds(moved, bond uint64) uint64 {
	for n := range uint64(4) {
		if moved == n*bond || moved == -n*bond {
			return moved
		}
	}
	return 0
}

// paidOut is what went out of a vault.
func paidOut(v account) uint64 { return v.u64(16) + v.u64(24) + v.u64(32) + v.u64(48) }

// holds judges an account of the program by itself and, for a vault, by its round.
func (a *arena) holds(acc svm.Account, after func(solana.PublicKey) svm.Account) error {
	d := account(acc.Data)
	if kind, ok := kindOfSize[len(d)]; !ok || kind != [8]byte(d[:8]) {
		return fmt.Errorf("%d bytes of no kind", len(d))
	}
	minimum := svm.RentExempt(len(d))
	switch len(d) {
	case sizeRound:
		if d.u8(132) > 2 || d.u8(133) > 24 || d.u8(284) > d.u8(142) || d.u8(285) > d.u8(142) || d.u64(153) > 10_000 {
			return errors.New("a round with impossible numbers")
		}
	case sizeProfile:
		if r := d.u16(40); r < 100 || r > 500 {
			return fmt.Errorf("a rating of %d", r)
		}
	case sizeGradient:
		if d.u8(113) > 24 || d.u16(142) > 10_000 && d.u16(142) != 65_535 || d.u64(122) > 10_000 {
			return errors.New("a gradient with impossible numbers")
		}
	case sizeSource:
		text, rest := d[48:48+min(d.u8(176), 128)], d[48+min(d.u8(176), 128):176]
		if d.u8(176) < 1 || d.u8(176) > 128 || bytes.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) || !bytes.Equal(rest, make([]byte, len(rest))) {
			return errors.New("a source that cannot be shown")
		}
	case sizePre, sizePost:
		if d.u32(map[int]int{sizePre: 48, sizePost: 80}[len(d)]) > 10_000 {
			return errors.New("an accuracy above 100 %")
		}
	case sizeStake, sizeFirstStake:
		minimum += d.u64(40) + d.u64(48)
	case sizeVault:
		round := after(a.roundAt(d.u64(8)))
		if !a.owns(round) || len(round.Data) != sizeRound {
			return errors.New("a vault without its round")
		}
		held, err := solvent(round.Data, d)
		if err != nil {
			return err
		}
		minimum += held
	}
	if acc.Lamports < minimum {
		return fmt.Errorf("%d lamports where %d are owed", acc.Lamports, minimum)
	}
	return nil
}

// roundAt is the address of a round.
func (a *arena) roundAt(id uint64) solana.PublicKey {
	key, ok := a.rounds[id]
	if !ok {
		key = a.round(id)
		a.rounds[id] = key
	}
	return key
}

// solvent returns what a vault holds of the reward, which covers all claims to come: the remainder of the specification
// is not negative.
func solvent(r, v account) (held uint64, err error) {
	lost := r.u64(856) * uint64(r.u8(855))
	reward, out := r.u64(114), paidOut(v)
	if out > reward+lost {
		return 0, fmt.Errorf("%d paid of a reward of %d and bonds of %d", out, reward, lost)
	}
	held = reward + lost - out
	if r.u8(132) != 1 {
		if out > 0 {
			return 0, errors.New("paid before the round was over")
		}
		return held + r.u64(856)*uint64(r.u8(142)), nil
	}
	n, c := uint64(r.u16(143)), uint64(v.u16(57))
	claims := r.u8(285)
	if r.u64(856) > 0 {
		claims = r.u8(142) - r.u8(855)
	}
	if c > n || v.u8(56) > claims {
		return 0, errors.New("more claims than there are")
	}
	pool := portion(reward, int(r.u16(198)), 10_000)
	per := pool / max(n, 1)
	if r.u64(145) == 0 {
		per = pool / max(n, 32)
	}
	per += lost / max(n, 1)
	owed := per * (n - c)
	if v.u8(56) < claims && r.u64(145) > 0 {
		gross := v.u64(16) + v.u64(24) + v.u64(32) + v.u64(40)
		if gross < per*c || gross-per*c > reward-pool {
			return 0, errors.New("the trainers' pool is overdrawn")
		}
		owed += reward - pool - (gross - per*c)
	}
	if owed > held {
		return 0, fmt.Errorf("%d held and %d owed", held, owed)
	}
	if r.u64(856) > 0 {
		held += r.u64(856) * uint64(claims-v.u8(56)) // bonds that can come back
	}
	return held, nil
}
