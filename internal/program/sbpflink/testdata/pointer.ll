; Takes the address of a function.
declare void @sol_log_(ptr, i64)

define internal void @callee() noinline {
  ret void
}

define i64 @entrypoint(ptr %input) {
  call void @sol_log_(ptr @callee, i64 1)
  ret i64 0
}
