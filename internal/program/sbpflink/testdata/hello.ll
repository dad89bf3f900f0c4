; Logs two strings: one by its address, one through a table of addresses, in a function of its own.
@first = private constant [5 x i8] c"hello"
@second = private constant [5 x i8] c"there"
@table = private constant [2 x ptr] [ptr @first, ptr @second]

declare void @sol_log_(ptr, i64)
declare ptr @memset(ptr, i32, i64)

define internal void @say(i64 %i) noinline nounwind {
  %slot = getelementptr [2 x ptr], ptr @table, i64 0, i64 %i
  %text = load ptr, ptr %slot
  call void @sol_log_(ptr %text, i64 5)
  ret void
}

define i64 @entrypoint(ptr %input) nounwind {
  %buffer = alloca [8 x i8]
  %ignored = call ptr @memset(ptr %buffer, i32 33, i64 8)
  call void @sol_log_(ptr @first, i64 5)
  %count = load i64, ptr %input
  %one = add i64 %count, 1
  call void @say(i64 %one)
  call void @sol_log_(ptr %buffer, i64 3)
  ret i64 0
}
