package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/rating"
)

// report is what a launch came to; --json prints it.
type report struct {
	Seed         uint64       `json:"seed"`
	Network      networkInfo  `json:"network"`
	Round        roundInfo    `json:"round"`
	Scores       []score      `json:"scores"`
	Payouts      []payout     `json:"payouts"`
	Conservation conservation `json:"conservation"`
	Accounts     []account    `json:"accounts"`
	Seconds      float64      `json:"seconds"`
}

type networkInfo struct {
	RPC       string `json:"rpc"`
	WebSocket string `json:"websocket"`
	ProgramID string `json:"program_id"`
}

type roundInfo struct {
	ID           uint64  `json:"id"`
	Creator      string  `json:"creator"`
	Dataset      string  `json:"dataset"`
	ModelCID     string  `json:"model_cid"`
	Reward       uint64  `json:"reward_lamports"`
	Status       string  `json:"status"`
	HeadShare    float64 `json:"head_share"`
	BaseAccuracy uint32  `json:"base_accuracy_bps"`
	Signature    string  `json:"signature"`
}

// score is one trainer's result. Accuracies are hundredths of a percent, ratings hundredths of a star.
type score struct {
	Name        string `json:"name"`
	Trainer     string `json:"trainer"`
	CID         string `json:"cid"`
	Samples     int    `json:"private_samples"`
	Accuracy    uint32 `json:"accuracy_bps"`
	Improvement uint64 `json:"improvement_bps"`
	Rating      uint16 `json:"rating"`
}

// payout is what one wallet got from the round, in lamports, after the fee.
type payout struct {
	Name   string `json:"name"`
	Role   string `json:"role"`
	Wallet string `json:"wallet"`
	Net    uint64 `json:"net_lamports"`
	Owed   uint64 `json:"owed_lamports"` // what the rules say
}

// conservation proves that every lamport put under escrow went somewhere.
type conservation struct {
	Locked         uint64 `json:"locked"`
	PaidTrainers   uint64 `json:"paid_trainers"`
	PaidValidators uint64 `json:"paid_validators"`
	Fees           uint64 `json:"fees"`
	Remainder      uint64 `json:"remainder"`
	Holds          bool   `json:"holds"`
}

type account struct {
	Name     string `json:"name"`
	Address  string `json:"address"`
	Lamports uint64 `json:"lamports"`
}

// sum is what left the escrow.
func (c conservation) sum() uint64 {
	return c.PaidTrainers + c.PaidValidators + c.Fees + c.Remainder
}

func (c conservation) String() string {
	sign := "="
	if !c.Holds {
		sign = "≠"
	}
	return fmt.Sprintf("locked %d %s trainers %d + validators %d + fees %d + remainder %d lamports",
		c.Locked, sign, c.PaidTrainers, c.PaidValidators, c.Fees, c.Remainder)
}

// writeTable prints accuracies and payouts for a reader.
func (r *report) writeTable(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "trainer\tsamples\taccuracy\tagainst base\trating\tpaid (SOL)\t")
	paid := map[string]uint64{}
	for _, p := range r.Payouts {
		paid[p.Wallet] = p.Net
	}
	for _, s := range r.Scores {
		fmt.Fprintf(t, "%s\t%d\t%s\t%+.2f\t%s\t%s\t\n", s.Name, s.Samples, rating.FormatAccuracy(s.Accuracy),
			(float64(s.Accuracy)-float64(r.Round.BaseAccuracy))/100, rating.Stars(s.Rating), chain.FormatSOL(paid[s.Trainer]))
	}
	for _, p := range r.Payouts {
		if p.Role != roleTrainer {
			fmt.Fprintf(t, "%s\t\t\t\t\t%s\t\n", p.Name, chain.FormatSOL(p.Net))
		}
	}
	t.Flush()
	fmt.Fprintln(w, r.Conservation)
}

func (r *report) finish(seed uint64, took time.Duration) { r.Seed, r.Seconds = seed, took.Seconds() }

func writeJSON(w io.Writer, r outcome) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}
