insert into traced_now
{body}
