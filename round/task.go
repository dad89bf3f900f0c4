package round

import "fmt"

// Task is what trainers submit to a round. No rule of the program depends on it: it is for
// those who look for rounds ([Filter].Task), and who work in them.
type Task uint8

// The tasks.
const (
	TaskHeads Task = 0 // trained heads of the round's model; that of every plain round
	TaskData  Task = 1 // data sets, which are scored by what the round's model learns from them
)

// String returns the name of the task; an unknown one is, for example, Task(7).
func (t Task) String() string {
	switch t {
	case TaskHeads:
		return "heads"
	case TaskData:
		return "data"
	}
	return fmt.Sprintf("Task(%d)", uint8(t))
}

// Task is what trainers submit to the round.
func (r *Round) Task() Task {
	if r.Fair == nil {
		return TaskHeads
	}
	return r.Fair.Task
}
