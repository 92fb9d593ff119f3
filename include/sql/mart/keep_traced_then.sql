insert into traced_then
{body}
