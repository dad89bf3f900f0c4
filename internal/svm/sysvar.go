package svm

import (
	"encoding/binary"
	"math"

	"github.com/gagliardetto/solana-go"
)

// Addresses of the sysvars.
var (
	sysvarClockID             = solana.SysVarClockPubkey
	sysvarRentID              = solana.SysVarRentPubkey
	sysvarEpochScheduleID     = solana.SysVarEpochSchedulePubkey
	sysvarRecentBlockhashesID = solana.SysVarRecentBlockHashesPubkey
	sysvarSlotHashesID        = solana.SysVarSlotHashesPubkey
	sysvarInstructionsID      = solana.SysVarInstructionsPubkey
	sysvarEpochRewardsID      = solana.MustPublicKeyFromBase58("SysvarEpochRewards1111111111111111111111111")
	sysvarLastRestartSlotID   = solana.MustPublicKeyFromBase58("SysvarLastRestartS1ot1111111111111111111111")
)

// Rent of mainnet-beta: an account must hold lamportsPerByte for each byte of its data and of accountOverhead.
const (
	lamportsPerByte = 6960
	accountOverhead = 128
)

// RentExempt returns the rent-exempt minimum, in lamports, of an account with dataLen bytes of data.
func RentExempt(dataLen int) uint64 {
	return (uint64(max(dataLen, 0)) + accountOverhead) * lamportsPerByte
}

// clock returns the Clock sysvar; b.mu is held.
func (b *Bank) clock() Clock {
	slot := b.state.slots.slot
	epoch := EpochOf(slot).Number
	return Clock{Slot: slot, Epoch: epoch, LeaderScheduleEpoch: epoch + 1, UnixTimestamp: b.now().Unix()}
}

// encode returns the bytes of the Clock sysvar.
func (c Clock) encode() []byte {
	le := binary.LittleEndian
	buf := le.AppendUint64(nil, c.Slot)
	buf = le.AppendUint64(buf, uint64(c.EpochStartTimestamp))
	buf = le.AppendUint64(buf, c.Epoch)
	buf = le.AppendUint64(buf, c.LeaderScheduleEpoch)
	return le.AppendUint64(buf, uint64(c.UnixTimestamp))
}

// sysvarAccount returns the account of a sysvar with the given data.
func sysvarAccount(data []byte) *Account {
	return &Account{Lamports: RentExempt(len(data)), Data: data, Owner: SysvarOwnerID, RentEpoch: math.MaxUint64}
}

// encodeRent returns the bytes of the Rent sysvar.
func encodeRent() []byte {
	le := binary.LittleEndian
	buf := le.AppendUint64(nil, lamportsPerByte)
	buf = le.AppendUint64(buf, math.Float64bits(1))
	return append(buf, 50)
}

// encodeEpochSchedule returns the bytes of the EpochSchedule sysvar.
func encodeEpochSchedule() []byte {
	le := binary.LittleEndian
	buf := le.AppendUint64(nil, slotsPerEpoch)
	buf = le.AppendUint64(buf, slotsPerEpoch)
	buf = append(buf, 1)
	buf = le.AppendUint64(buf, firstNormalEpoch)
	return le.AppendUint64(buf, firstNormalSlot)
}

// maxSlotHashes is how many slots the SlotHashes sysvar contains.
const maxSlotHashes = 512

// slotSysvar returns the bytes of RecentBlockhashes or SlotHashes, newest entry first, padded to the length with all
// entries; b.mu is held.
func (b *Bank) slotSysvar(key solana.PublicKey) []byte {
	le := binary.LittleEndian
	s := &b.state.slots
	height := s.height(s.slot)
	if key == sysvarSlotHashesID {
		n := min(maxSlotHashes, height)
		buf := le.AppendUint64(make([]byte, 0, 8+maxSlotHashes*40), n)
		for i := range n {
			slot := s.slotAt(height - 1 - i)
			h := slotHash(slot)
			buf = append(le.AppendUint64(buf, slot), h[:]...)
		}
		return buf[:cap(buf)]
	}
	n := min(maxBlockhashAge, height+1)
	buf := le.AppendUint64(make([]byte, 0, 8+maxBlockhashAge*40), n)
	for i := range n {
		h := slotHash(s.slotAt(height - i))
		buf = le.AppendUint64(append(buf, h[:]...), lamportsPerSignature)
	}
	return buf[:cap(buf)]
}

// genesis stores the built-in programs and the sysvars that do not change.
func (b *Bank) genesis() {
	for key, name := range map[solana.PublicKey]string{
		SystemProgramID: "solana_system_program", ComputeBudgetID: "compute_budget_program",
		LoaderV2ID: "solana_bpf_loader_program", UpgradeableLoaderID: "solana_bpf_loader_upgradeable_program",
		lookupTableProgramID: "address_lookup_table_program",
	} {
		b.store(key, &Account{Lamports: 1, Data: []byte(name), Owner: NativeLoaderID, Executable: true})
	}
	b.store(sysvarRentID, sysvarAccount(encodeRent()))
	b.store(sysvarEpochScheduleID, sysvarAccount(encodeEpochSchedule()))
	b.store(sysvarEpochRewardsID, sysvarAccount(make([]byte, 81)))
	b.store(sysvarLastRestartSlotID, sysvarAccount(make([]byte, 8)))
}
