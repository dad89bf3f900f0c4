package litesvm

import (
	"strconv"

	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// Account is an account as the driver reads and writes it.
type Account struct {
	Lamports   string `json:"lamports"`
	Data       []byte `json:"data"`
	Owner      []byte `json:"owner"`
	Executable bool   `json:"executable"`
	RentEpoch  string `json:"rentEpoch"`
}

// Clock is the Clock sysvar as the driver reads it.
type Clock struct {
	Slot        string `json:"slot"`
	EpochStart  string `json:"epochStart"`
	Epoch       string `json:"epoch"`
	LeaderEpoch string `json:"leaderEpoch"`
	Unix        string `json:"unix"`
}

// Request is a line for the driver, which says what each Op takes.
type Request struct {
	Op        string   `json:"op"`
	Key       []byte   `json:"key,omitempty"`
	Keys      [][]byte `json:"keys,omitempty"`
	ELF       []byte   `json:"elf,omitempty"`
	Size      int      `json:"size,omitempty"`
	Wire      []byte   `json:"wire,omitempty"`
	Versioned bool     `json:"versioned,omitempty"`
	Clock     *Clock   `json:"clock,omitempty"`
	Account   *Account `json:"account,omitempty"`
}

// Reply is a line from the driver.
type Reply struct {
	Fault         string     `json:"fault"` // of the driver, not of the transaction
	Err           string     `json:"err"`   // of the transaction, as Rust's Debug formats it
	Logs          []string   `json:"logs"`
	Units         string     `json:"units"`
	ReturnProgram []byte     `json:"returnProgram"`
	ReturnData    []byte     `json:"returnData"`
	Inner         [][]Inner  `json:"inner"`
	Accounts      []*Account `json:"accounts"` // nil: there is none
	Lamports      string     `json:"lamports"`
}

// Inner is a cross-program invocation.
type Inner struct {
	Program  int    `json:"program"`
	Accounts []byte `json:"accounts"`
	Data     []byte `json:"data"`
	Height   int    `json:"height"`
}

// ClockOf writes a bank's clock for the driver.
func ClockOf(c svm.Clock) *Clock {
	u := func(v uint64) string { return strconv.FormatUint(v, 10) }
	return &Clock{
		Slot: u(c.Slot), Epoch: u(c.Epoch), LeaderEpoch: u(c.LeaderScheduleEpoch),
		EpochStart: strconv.FormatInt(c.EpochStartTimestamp, 10), Unix: strconv.FormatInt(c.UnixTimestamp, 10),
	}
}

// AccountOf writes an account for the driver.
func AccountOf(a svm.Account) *Account {
	return &Account{
		Lamports: strconv.FormatUint(a.Lamports, 10), Data: a.Data, Owner: a.Owner[:], Executable: a.Executable,
		RentEpoch: strconv.FormatUint(a.RentEpoch, 10),
	}
}
