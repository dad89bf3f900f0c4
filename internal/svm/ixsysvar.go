package svm

import "encoding/binary"

// instructionsSysvar returns the data of the Instructions sysvar: the number of instructions and their offsets; for
// each its accounts (flags and key), program and data; at the end the index of the running one. All numbers are u16.
func (m *message) instructionsSysvar() []byte {
	le := binary.LittleEndian
	n := len(m.instructions)
	buf := le.AppendUint16(nil, uint16(n))
	buf = append(buf, make([]byte, 2*n)...)
	for i, in := range m.instructions {
		le.PutUint16(buf[2+2*i:], uint16(len(buf)))
		buf = le.AppendUint16(buf, uint16(len(in.accounts)))
		for _, a := range in.accounts {
			buf = append(buf, flag(m.isSigner(int(a)))|flag(m.writable[a])<<1)
			buf = append(buf, m.keys[a][:]...)
		}
		buf = append(buf, m.keys[in.program][:]...)
		buf = le.AppendUint16(buf, uint16(len(in.data)))
		buf = append(buf, in.data...)
	}
	return le.AppendUint16(buf, 0)
}

// noteTopIndex writes the index of the running instruction to the Instructions sysvar, if the transaction uses it.
func (x *execution) noteTopIndex() {
	if i := x.indexOf(sysvarInstructionsID); i >= 0 {
		data := x.accts[i].Data
		binary.LittleEndian.PutUint16(data[len(data)-2:], uint16(x.top))
	}
}
