package round

// Paid is what the transaction's claims and withdrawals paid out, in lamports,
// after the protocol's fee. It is 0 if the node did not show the events.
func (r Receipt) Paid() (lamports uint64) {
	for _, e := range r.Events {
		switch e := e.(type) {
		case TrainerRewardClaimed:
			lamports += e.Amount
		case ValidatorRewardClaimed:
			lamports += e.Amount
		case RemainderWithdrawn:
			lamports += e.Amount
		}
	}
	return lamports
}
