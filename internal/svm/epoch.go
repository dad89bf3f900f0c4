package svm

import "math"

// The default epoch schedule: epochs double from 32 slots until they reach 432,000. Nothing happens at an epoch's end.
const (
	slotsPerEpoch    = 432_000
	firstNormalEpoch = 14
	firstNormalSlot  = 524_256
	slotsOfEpoch0    = 32
)

// EpochSchedule is the EpochSchedule sysvar.
type EpochSchedule struct {
	SlotsPerEpoch            uint64 // from FirstNormalEpoch on
	LeaderScheduleSlotOffset uint64
	Warmup                   bool // earlier epochs are shorter
	FirstNormalEpoch         uint64
	FirstNormalSlot          uint64
}

// Schedule returns the chain's epoch schedule.
func Schedule() EpochSchedule {
	return EpochSchedule{slotsPerEpoch, slotsPerEpoch, true, firstNormalEpoch, firstNormalSlot}
}

// Epoch is a range of slots.
type Epoch struct {
	Number uint64
	First  uint64 // slot
	Slots  uint64
}

// EpochOf returns the epoch that a slot is in.
func EpochOf(slot uint64) Epoch {
	if slot >= firstNormalSlot {
		n := (slot - firstNormalSlot) / slotsPerEpoch
		return Epoch{firstNormalEpoch + n, firstNormalSlot + n*slotsPerEpoch, slotsPerEpoch}
	}
	e := Epoch{Slots: slotsOfEpoch0}
	for slot >= e.First+e.Slots {
		e = Epoch{e.Number + 1, e.First + e.Slots, e.Slots * 2}
	}
	return e
}

// FirstSlot returns the first slot of an epoch, or the last possible slot if the epoch is later than that.
func FirstSlot(epoch uint64) uint64 {
	if epoch < firstNormalEpoch {
		return slotsOfEpoch0 * (1<<epoch - 1)
	}
	n := epoch - firstNormalEpoch
	if n > (math.MaxUint64-firstNormalSlot)/slotsPerEpoch {
		return math.MaxUint64
	}
	return firstNormalSlot + n*slotsPerEpoch
}
