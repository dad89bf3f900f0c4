package model

import "github.com/gagliardetto/solana-go"

// Digest is 32 bytes that stand for content: the digest of a CID, a hash, a key for transport.
type Digest = [32]byte

// Run is the account of a run. Times are unix seconds, amounts base units.
type Run struct {
	Version            uint8 // 1
	Bump               uint8
	VaultBump          uint8
	RunIDLen           uint8
	RunID              [32]byte
	CreatedSlot        uint64
	Payer              solana.PublicKey // who paid the rent
	NameLen            uint8
	Name               [64]byte
	DescriptionLen     uint16
	Description        [280]byte
	NumParameters      uint64
	VocabSize          uint64
	ClientVersionLen   uint8
	ClientVersion      [96]byte
	Authority          solana.PublicKey
	PendingAuthority   solana.PublicKey
	JoinAuthority      solana.PublicKey
	PackageCIDLen      uint8
	PackageCID         [64]byte
	Treasury           uint8 // 0 points only, 1 SOL, 2 SPL tokens
	Mint               solana.PublicKey
	Vault              solana.PublicKey
	Roster             solana.PublicKey
	Parent             solana.PublicKey // zero: none
	ParentRewardBps    uint16
	ParentPool         uint64
	Verification       uint8 // 0 witness, 1 vote
	Config             Config
	ConfigDigest       Digest
	State              uint8  // 0 Uninitialized, 1 WaitingForMembers, 2 Warmup, 3 RoundTrain, 4 RoundWitness, 5 Cooldown, 6 Finished, 7 Paused
	Phase              uint8  // roundTrain: 0 before the draw, 1 training. RoundWitness: 0 seen, 1 commit, 2 reveal
	Generation         uint32 // resumes so far
	Epoch              uint32
	Round              uint32 // rounds begun
	Step               uint32
	EpochFirstRound    uint32
	EpochStartedAt     int64
	StateStartedAt     int64
	PhaseStartedAt     int64
	EndsAt             int64 // 0 before the first resume
	SeedSlot           uint64
	Seed               Digest
	Drawn              uint8 // verifiers of the round
	DrawnFrom          Bitmap
	Model              Digest
	PreviousModel      Digest
	FailedRounds       uint32
	EarningRate        uint64
	SlashingRate       uint64
	RateShared         bool
	FutureEarningRate  uint64
	FutureSlashingRate uint64
	FutureRateShared   bool
	Pool               uint64
	Reserved           uint64
	Owed               uint64
	Stakes             uint64
	Paid               uint64
	Withdrawn          uint64
	Members            uint16 // slots that are not free
	PausePending       bool
	TreasuryLow        bool // treasuryLow was said
}

// Config is what the program needs of a run's configuration. Times are seconds.
type Config struct {
	WarmupTime                  int64  // seconds of Warmup at most
	CooldownTime                int64  // seconds of Cooldown
	RoundsPerEpoch              uint32 // rounds of an epoch; 0 where epoch_time counts
	EpochTime                   int64  // seconds of an epoch; 0 where rounds_per_epoch counts
	MaxRoundTrainTime           int64  // seconds of RoundTrain at most, from the draw on
	RoundWitnessTime            int64  // seconds of each of the three phases of RoundWitness at most
	MinClients                  uint16 // members that an epoch goes on with
	InitMinClients              uint16 // members that the first epoch begins with
	WitnessNodes                uint8  // witnesses of a round; 0: all, at most 32
	VerificationPercent         uint8  // 0
	GlobalBatchSizeStart        uint32 // samples of a step at the beginning
	GlobalBatchSizeEnd          uint32 // samples of a step after the ramp
	GlobalBatchSizeWarmupTokens uint64 // samples over which the batch size grows
	TotalSteps                  uint32 // steps of the run; with verification by vote: rounds
	WaitingForMembersExtraTime  int64  // seconds that WaitingForMembers lasts at least
	Voters                      uint8  // voters of a round
	MinStake                    uint64 // effective stake that a member needs, in base units
	SlashBps                    uint16 // part of the effective stake that a slash takes, in basis points
	MaxMissed                   uint8  // rounds missed in a row after which a member is dropped
	PruneAfter                  int64  // seconds that a member who is gone keeps its slot
	RunTime                     int64  // seconds from the first resume to the end of the run
}
