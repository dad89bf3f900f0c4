package round

import "fmt"

// Status is the state of a round as the program stores it.
type Status uint8

// The states of a round. An unknown one is passed on unchanged.
const (
	Active    Status = 0 // takes scores and gradients
	Finalized Status = 1 // can be claimed from
	Cancelled Status = 2 // taken back by its creator
)

// String names the status; an unknown one is shown as Status(7).
func (s Status) String() string {
	switch s {
	case Active:
		return "active"
	case Finalized:
		return "finalized"
	case Cancelled:
		return "cancelled"
	}
	return fmt.Sprintf("Status(%d)", uint8(s))
}

// Dataset is the number of the data set that a round is about. It is the dataset.ID
// of the same number, and package dataset has its name; any number is legal on
// chain.
type Dataset uint8

// String shows the number, such as Dataset(2).
func (d Dataset) String() string { return fmt.Sprintf("Dataset(%d)", uint8(d)) }
