package round_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/big"
	"slices"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// drawnTerms are those of a sealed round with a committee.
func drawnTerms(committee uint8) (options, fair) {
	o, f := sealedTerms(), sealedFair()
	o.stake, f.committee = 1_000_000, committee
	return o, f
}

// drawnRound returns a chain whose round 0 has a committee and tom's head.
func drawnRound(t testing.TB, committee uint8) *chain {
	o, f := drawnTerms(committee)
	return sealedRound(t, o, f, "tom")
}

// drawNow draws the committee of a round whose submissions are over.
func (c *chain) drawNow(id uint64) {
	c.t.Helper()
	c.ok(c.draw("eve", id))
	c.bank.WarpSlots(2)
	c.ok(c.draw("eve", id))
}

// inCommittee is the specification's rule about a validator whose stake was there in time, with numbers of any size.
func (c *chain) inCommittee(id uint64, who string, stake uint64, sitting int) bool {
	r := c.data(c.round(id))
	text := slices.Concat([]byte("decloud:committee"), r[896:928], c.pub(who).Bytes())
	sum := sha256.Sum256(text)
	x := new(big.Int).SetUint64(binary.LittleEndian.Uint64(sum[:]))
	x.Rsh(x.Mul(x, new(big.Int).SetUint64(r.u64(880))), 64)
	seats := big.NewInt(int64(r.u8(854)) << sitting)
	return x.Cmp(seats.Mul(seats, new(big.Int).SetUint64(stake))) < 0
}

func TestDrawCommittee(t *testing.T) {
	c := drawnRound(t, 3)
	c.ok(c.stake("ann", 3_000_000), c.stake("ben", 2_000_000))
	c.ok(c.unstake("ben", 1_000_000))
	read := c.terms(0)
	c.at(sealedCloses - 1)
	c.fails(c.draw("eve", 0), 6012)
	c.at(sealedCloses)
	emits(t, c.ok(c.draw("eve", 0)))
	r := c.data(c.round(0))
	require.EqualValues(t, 4_000_000, r.u64(880), "what is unlocking does not count")
	require.Equal(t, c.bank.Slot(), r.u64(888), "the slot after that of the call")
	require.Zero(t, r.u8(852)&4)
	c.fails(c.draw("eve", 0), 6012) // the slot is still to come
	c.ok(c.stake("cat", sol))       // changes the draw no more
	c.at(sealedScored)
	c.fails(c.commitSealed("ann", 0, "", 5000), 6035)

	c.bank.WarpSlots(3)
	hash := c.slotHash(r.u64(888))
	res := c.ok(c.draw("eve", 0))
	r = c.data(c.round(0))
	seed := sha256.Sum256(slices.Concat([]byte("decloud:seed"), c.round(0).Bytes(), hash))
	require.Equal(t, seed[:], []byte(r[896:928]))
	require.EqualValues(t, 1|4, r.u8(852))
	emits(t, res, event("CommitteeDrawn", uint64(0), uint64(4_000_000), seed[:]))
	c.fails(c.draw("eve", 0), 6039)
	require.Equal(t, read, c.terms(0))
	c.ok(c.assertTerms(0, read))
}

// slotHash is what the sysvar says about a slot.
func (c *chain) slotHash(slot uint64) []byte {
	a, ok := c.bank.Account(solana.SysVarSlotHashesPubkey)
	require.True(c.t, ok)
	for at := 8; at+40 <= len(a.Data); at += 40 {
		if account(a.Data).u64(at) == slot {
			return a.Data[at+8 : at+40]
		}
	}
	require.Fail(c.t, "no such slot")
	return nil
}

// setSlotHashes puts these slots, newest first, into the sysvar.
func (c *chain) setSlotHashes(slots ...uint64) {
	data := binary.LittleEndian.AppendUint64(nil, uint64(len(slots)))
	for _, slot := range slots {
		hash := sha256.Sum256(fmt.Append(nil, slot))
		data = append(binary.LittleEndian.AppendUint64(data, slot), hash[:]...)
	}
	require.NoError(c.t, c.bank.SetAccount(solana.SysVarSlotHashesPubkey, svm.Account{Lamports: 1, Owner: svm.SysvarOwnerID, Data: data}))
}

// A slot that had no block is followed by one that had; who comes too late for that begins the draw anew, by the stakes that
// it began with.
func TestDrawWaitsForABlock(t *testing.T) {
	c := drawnRound(t, 3)
	c.ok(c.stake("ann", 3_000_000))
	c.at(sealedCloses)
	c.ok(c.draw("eve", 0))
	slot := c.data(c.round(0)).u64(888)
	c.setSlotHashes(slot-1, slot-2)
	c.fails(c.draw("eve", 0), 6012)
	c.ok(c.stake("ann", 1_000_000))
	c.setSlotHashes(slot+9, slot+4)
	c.bank.WarpSlots(5)
	c.ok(c.draw("eve", 0))
	r := c.data(c.round(0))
	require.Equal(t, c.bank.Slot(), r.u64(888), "the slot after that of the call")
	require.EqualValues(t, 3_000_000, r.u64(880))
	require.Zero(t, r.u8(852)&4)

	slot = r.u64(888)
	c.setSlotHashes(slot+7, slot+2, slot-1)
	c.ok(c.draw("eve", 0))
	hash := sha256.Sum256(fmt.Append(nil, slot+2))
	seed := sha256.Sum256(slices.Concat([]byte("decloud:seed"), c.round(0).Bytes(), hash[:]))
	require.Equal(t, seed[:], []byte(c.data(c.round(0))[896:928]))
}

func TestDrawOnlyWhereThereIsACommittee(t *testing.T) {
	c := sealedRound(t, sealedTerms(), sealedFair(), "tom")
	c.at(sealedCloses)
	c.fails(c.draw("eve", 0), 6026)
	o, f := drawnTerms(3)
	c = sealedRound(t, o, f)
	c.at(sealedCloses)
	c.fails(c.draw("eve", 0), 6006)
	c.ok(c.cancel("creator", 0))
	c.fails(c.draw("eve", 0), 6003)
	c = newChain(t)
	c.ok(c.create("creator", 0, sol))
	c.fails(c.draw("eve", 0), 6026)
}

// Who is in the committee, and nobody else, may commit; each sitting has twice the seats.
func TestCommitteeCommits(t *testing.T) {
	c := drawnRound(t, 3)
	stakes := map[string]uint64{}
	for i := range 40 {
		name := fmt.Sprint("validator ", i)
		stakes[name] = 1_000_000 + uint64(i*i)*2_000
		c.ok(c.stake(name, stakes[name]))
	}
	c.at(sealedCloses)
	c.drawNow(0)
	inside := make([]int, 6)
	for sittingIndex := range inside {
		c.at(sealedScored + int64(sittingIndex)*sitting)
		snapshot := c.bank.Snapshot()
		for name, stake := range stakes {
			want := uint32(6036)
			if c.inCommittee(0, name, stake, sittingIndex) {
				want, inside[sittingIndex] = none, inside[sittingIndex]+1
			}
			got, res := c.code(c.commitSealed(name, 0, "tom", 5000))
			require.Equal(t, want, got, "%s in sitting %d: %v", name, sittingIndex, res.Logs)
			c.bank.Restore(snapshot)
		}
	}
	require.True(t, slices.IsSorted(inside))
	require.Positive(t, inside[1])
	require.Less(t, inside[0], 20)
	require.Equal(t, 40, inside[5], "32 times the seats are more than there are validators")
}

// What is staked once submissions are closed scores nothing, and neither does a stake that is in no sum.
func TestStakesThatAreTooLateForACommittee(t *testing.T) {
	c := drawnRound(t, 24) // all of the few who are in time have a seat
	for _, v := range []string{"ann", "ben", "cat", "dan"} {
		c.ok(c.stake(v, 2_000_000))
	}
	c.ageStake("cat")
	c.ageStake("dan")
	c.at(sealedCloses - 1)
	c.ok(c.stake("dan", 1))
	c.at(sealedCloses)
	c.ok(c.stake("ben", 1), c.stake("zoe", 2_000_000))
	c.drawNow(0)
	c.at(sealedScored)
	c.ok(c.commitSealed("ann", 0, "", 5000))
	c.ok(c.commitSealed("dan", 0, "", 5000))
	for _, v := range []string{"ben", "cat", "zoe"} {
		c.fails(c.commitSealed(v, 0, "", 5000), 6036)
	}
	c.fails(c.commitSealed("eve", 0, "", 5000), 6016)
	c.ok(c.unstake("ann", 1_000_000)) // less is no more than was drawn
	c.ok(c.commitSealed("ann", 0, "tom", 5000))
	c.ok(c.unstake("dan", 1_000_002))
	c.fails(c.commitSealed("dan", 0, "tom", 5000), 6016)
}

// A stake from before there were committees grows when its validator adds to it, who pays the rent; until then whatever
// happens to it changes no sum.
func TestStakeFromBeforeThereWereCommittees(t *testing.T) {
	c := newChain(t)
	total := func() uint64 { return c.data(c.counter()).u64(189) }
	for _, v := range []string{"ann", "ben"} {
		c.ok(c.stake(v, 5_000_000))
	}
	require.EqualValues(t, 10_000_000, total())
	c.ageStake("ann")
	require.EqualValues(t, 5_000_000, total())
	c.ok(c.unstake("ann", 1_000_000))
	require.EqualValues(t, 5_000_000, total())
	require.Len(t, c.data(c.stakeOf("ann")), 73)
	before := c.balance("ann")
	c.at(77)
	c.ok(c.stake("ann", 2_000_000))
	require.EqualValues(t, 2_000_000+rent(81)-rent(73), before-c.balance("ann"))
	s := c.data(c.stakeOf("ann"))
	require.Len(t, s, 81)
	require.EqualValues(t, 6_000_000, s.u64(40))
	require.EqualValues(t, start+77, s.i64(73))
	require.EqualValues(t, 11_000_000, total())
	require.EqualValues(t, rent(81)+7_000_000, c.lamports(c.stakeOf("ann")))
	c.ok(c.unstake("ann", 6_000_000))
	require.EqualValues(t, 5_000_000, total())
	c.at(day + 100)
	c.ok(c.withdrawStake("ann"))
	require.EqualValues(t, rent(81), c.lamports(c.stakeOf("ann")))
	c.at(day + 200)
	c.ok(c.stake("ann", 1))
	require.EqualValues(t, 5_000_001, total())
	require.EqualValues(t, start+day+200, c.data(c.stakeOf("ann")).i64(73))
}

// Stake accounts have one of two sizes.
func TestStakeAccountsOfOtherSizes(t *testing.T) {
	c := newChain(t)
	c.ok(c.stake("ann", sol))
	whole, _ := c.bank.Account(c.stakeOf("ann"))
	for size := range 81 {
		a := whole.Clone()
		a.Data = a.Data[:size]
		require.NoError(t, c.bank.SetAccount(c.stakeOf("ann"), a))
		want := uint32(3003)
		switch {
		case size < 8:
			want = 3001
		case size == 73:
			want = none
		}
		got, _ := c.code(c.stake("ann", 1))
		require.Equal(t, want, got, "%d bytes", size)
	}
}
