// Package fairplay shows by simulation who earns what in a round: real data sets, training by package fit, heads scored by
// package validator's judge, votes and lots by package round's rules, and pay by package reward, which the program's bytes
// are compared with in this package's tests.
//
// A [Round] is played by a [Lab], which holds what a seed makes of a data set: the base, everybody's data, and heads that
// are trained once and used in every round. Three honest trainers and the honest validators meet one attacker, who has as
// much data as a trainer, in one of the [Modes]. [Attacks] lists what attackers do; each is one entry of a small table.
//
// Command table plays all of them and writes FAIRPLAY.md.
package fairplay
